/// A UUID: 128 bits, ordered by their time fields first.
package struct UniqueID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the hyphenated form, or 32 digits without hyphens; nil for anything else.
    package init?(_ text: String) {
        var digits: [UInt64] = []
        for (index, byte) in text.utf8.enumerated() {
            if byte == UInt8(ascii: "-") {
                guard [8, 13, 18, 23].contains(index) else { return nil }
                continue
            }
            guard let digit = Self.digit(byte) else { return nil }
            digits.append(digit)
        }
        guard digits.count == 32, [32, 36].contains(text.utf8.count) else { return nil }
        high = digits[..<16].reduce(0) { $0 << 4 | $1 }
        low = digits[16...].reduce(0) { $0 << 4 | $1 }
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The time fields from the most significant down, as one number; then `low` decides.
    var sortKey: (UInt64, UInt64) {
        let seconds = high >> 32
        let middle = high >> 16 & 0xFFFF
        let top = high & 0xFFFF
        return (top << 48 | middle << 32 | seconds, low)
    }

    /// Seconds since 1970 of a version 1 id; nil for other versions.
    var timestamp: Double? {
        guard high >> 12 & 0xF == 1 else { return nil }
        let ticks = (high & 0xFFF) << 48 | (high >> 16 & 0xFFFF) << 32 | high >> 32
        let since = Int64(ticks) - 0x01B2_1DD2_1381_4000
        return Double(since / 10_000_000) + Double(since % 10_000_000) / 10_000_000
    }
}

extension UniqueID: CustomStringConvertible {
    package var description: String {
        let digits = Self.hex(high) + Self.hex(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
