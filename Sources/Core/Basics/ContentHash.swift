/// A SHA-256 digest: what identifies content.
///
/// Kept as four words in memory order, so that arrays of hashes are flat.
package struct ContentHash: Sendable, Hashable {
    package static let byteCount = 32
    private let words: Words32

    /// Takes a digest; nil unless there are exactly 32 bytes.
    package init?(_ bytes: RawSpan) {
        guard let words = Words32(bytes) else { return nil }
        self.words = words
    }

    /// Takes a digest as four words in memory order: the way of a driver that has just written them.
    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = Words32(words) }

    /// Takes a digest; nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) { self.init(bytes.raw) }

    /// The digest's bytes, in order.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        append(to: &bytes)
        return bytes
    }

    /// Appends the digest's bytes.
    package func append(to out: inout [UInt8]) { words.append(to: &out) }
}

extension ContentHash: CustomStringConvertible {
    package var description: String { Hex.text(bytes) }
}
