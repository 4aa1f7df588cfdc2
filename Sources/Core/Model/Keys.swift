import Basics

/// An Ed25519 public key.
package struct PublicKey: Sendable, Hashable {
    private let words: Words32

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: borrowing RawSpan) {
        guard let words = Words32(bytes) else { return nil }
        self.words = words
    }

    package init?(_ bytes: [UInt8]) { self.init(bytes.raw) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    package func append(to out: inout [UInt8]) { words.append(to: &out) }
}

/// An Ed25519 signature.
package struct Signature: Sendable, Hashable {
    private let first: Words32
    private let second: Words32

    /// Nil unless there are exactly 64 bytes.
    package init?(_ bytes: borrowing RawSpan) {
        guard bytes.byteCount == Limits.signatureBytes, let first = Words32(bytes.extracting(0..<32)),
            let second = Words32(bytes.extracting(32..<64))
        else { return nil }
        self.first = first
        self.second = second
    }

    package init?(_ bytes: [UInt8]) { self.init(bytes.raw) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    package func append(to out: inout [UInt8]) {
        first.append(to: &out)
        second.append(to: &out)
    }
}

/// What is hashed in front of a body, so that nobody can guess a short body from its commitment.
package struct Salt: Sendable, Hashable {
    private let words: Words16

    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: borrowing RawSpan) {
        guard let words = Words16(bytes) else { return nil }
        self.words = words
    }

    package init?(_ bytes: [UInt8]) { self.init(bytes.raw) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    package func append(to out: inout [UInt8]) { words.append(to: &out) }
}
