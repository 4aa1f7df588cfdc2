/// Thirty-two bytes as four words in memory order: what digests and keys are made of, without an allocation.
package struct Words32: Sendable, Hashable {
    private let one: UInt64
    private let two: UInt64
    private let three: UInt64
    private let four: UInt64

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: borrowing RawSpan) {
        guard bytes.byteCount == 32 else { return nil }
        one = bytes.word(at: 0)
        two = bytes.word(at: 8)
        three = bytes.word(at: 16)
        four = bytes.word(at: 24)
    }

    /// The words in memory order.
    package init(_ words: (UInt64, UInt64, UInt64, UInt64)) {
        one = UInt64(littleEndian: words.0)
        two = UInt64(littleEndian: words.1)
        three = UInt64(littleEndian: words.2)
        four = UInt64(littleEndian: words.3)
    }

    package func append(to out: inout [UInt8]) {
        out.append(word: one)
        out.append(word: two)
        out.append(word: three)
        out.append(word: four)
    }
}

/// Sixteen bytes as two words in memory order.
package struct Words16: Sendable, Hashable {
    private let one: UInt64
    private let two: UInt64

    /// Nil unless there are exactly 16 bytes.
    package init?(_ bytes: borrowing RawSpan) {
        guard bytes.byteCount == 16 else { return nil }
        one = bytes.word(at: 0)
        two = bytes.word(at: 8)
    }

    package func append(to out: inout [UInt8]) {
        out.append(word: one)
        out.append(word: two)
    }
}
