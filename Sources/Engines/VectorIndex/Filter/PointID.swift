/// What a point is called: a number, or a UUID.
package enum PointID: Sendable, Hashable, Comparable {
    case number(UInt64)
    case uuid(high: UInt64, low: UInt64)

    /// A UUID in one of its usual forms: with hyphens or without, in braces, as a URN.
    ///
    /// Nil when it is none.
    package init?(uuid text: String) {
        var digits = text.lowercased()[...]
        if digits.hasPrefix("urn:uuid:") { digits = digits.dropFirst(9) }
        if digits.hasPrefix("{"), digits.hasSuffix("}") { digits = digits.dropFirst().dropLast() }
        var (high, low, count): (UInt64, UInt64, Int) = (0, 0, 0)
        for scalar in digits.utf8 where scalar != UInt8(ascii: "-") {
            guard let digit = Self.digit(scalar), count < 32 else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | digit
            count += 1
        }
        guard count == 32 else { return nil }
        self = .uuid(high: high, low: low)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }

    /// Numbers before UUIDs, each by size.
    package static func < (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.number(let one), .number(let other)): one < other
        case (.number, .uuid): true
        case (.uuid, .number): false
        case (.uuid(let high, let low), .uuid(let otherHigh, let otherLow)): (high, low) < (otherHigh, otherLow)
        }
    }

    /// The number in decimal, or the UUID with hyphens.
    package var text: String {
        switch self {
        case .number(let number): return String(number)
        case .uuid(let high, let low):
            var digits = ""
            for word in [high, low] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    digits.append(String(word >> UInt64(shift) & 15, radix: 16))
                }
            }
            var text = ""
            for (index, digit) in digits.enumerated() {
                if [8, 12, 16, 20].contains(index) { text.append("-") }
                text.append(digit)
            }
            return text
        }
    }
}
