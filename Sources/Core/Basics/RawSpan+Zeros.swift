/// Looking for what is not zero, a word at a time.
extension RawSpan {
    /// Whether every byte is zero.
    package var isZero: Bool { lastNonZero == nil }

    /// Where the last byte is that is not zero; nil when there is none.
    package var lastNonZero: Int? {
        var end = byteCount
        while end >= 8 {
            let word = word(at: end - 8)
            if word != 0 { return end - 1 - word.leadingZeroBitCount / 8 }
            end -= 8
        }
        while end > 0 {
            if byte(at: end - 1) != 0 { return end - 1 }
            end -= 1
        }
        return nil
    }
}
