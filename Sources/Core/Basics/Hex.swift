/// Bytes as lower-case hexadecimal digits, two for each byte.
package enum Hex {
    /// The digits of `bytes`.
    package static func text(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        append(bytes.raw, to: &digits)
        return digits.raw.text
    }

    /// Appends the digits of `bytes`, as ASCII.
    package static func append(_ bytes: borrowing RawSpan, to out: inout [UInt8]) {
        out.append(addingCapacity: 2 * bytes.byteCount) { (digits: inout OutputSpan<UInt8>) in
            for offset in 0..<bytes.byteCount {
                let byte = bytes.byte(at: offset)
                digits.append(digit(byte >> 4))
                digits.append(digit(byte & 0xF))
            }
        }
    }

    /// The bytes that `text` spells; nil for an odd count, an upper-case letter or anything else.
    package static func bytes(_ text: String) -> [UInt8]? { bytes(text.utf8.raw) }

    /// The bytes that these ASCII digits spell; nil for an odd count, an upper-case letter or anything else.
    package static func bytes(_ digits: borrowing RawSpan) -> [UInt8]? {
        guard digits.byteCount.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.byteCount / 2)
        for offset in stride(from: 0, to: digits.byteCount, by: 2) {
            guard let high = value(digits.byte(at: offset)), let low = value(digits.byte(at: offset + 1)) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
