/// Tells whether bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
package enum UTF8Check {
    /// Where the first malformed sequence of `range` begins; nil when all is well.
    package static func firstFault(in bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
        var offset = range.lowerBound
        while offset < range.upperBound {
            if offset &+ 8 <= range.upperBound, bytes.word(at: offset) & 0x8080_8080_8080_8080 == 0 {
                offset &+= 8
                continue
            }
            let length = sequence(in: bytes, at: offset, before: range.upperBound)
            if length == 0 { return offset }
            offset &+= length
        }
        return nil
    }

    /// The length of the well-formed sequence at `offset`, 0 when it is malformed.
    package static func sequence(in bytes: borrowing RawSpan, at offset: Int, before end: Int) -> Int {
        let first = bytes.byte(at: offset)
        if first < 0x80 { return 1 }
        let length: Int
        // The second byte alone tells overlong forms, surrogates and what is beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard offset + length <= end, second.contains(bytes.byte(at: offset + 1)) else { return 0 }
        for next in 2..<max(2, length) where bytes.byte(at: offset + next) & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Appends the UTF-8 of a scalar value.
    package static func append(_ scalar: UInt32, to out: inout [UInt8]) {
        switch scalar {
        case 0..<0x80:
            out.append(UInt8(scalar))
        case 0x80..<0x800:
            out.append(0xC0 | UInt8(scalar >> 6))
            out.append(0x80 | UInt8(scalar & 0x3F))
        case 0x800..<0x1_0000:
            out.append(0xE0 | UInt8(scalar >> 12))
            out.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            out.append(0x80 | UInt8(scalar & 0x3F))
        default:
            out.append(0xF0 | UInt8(scalar >> 18))
            out.append(0x80 | UInt8(scalar >> 12 & 0x3F))
            out.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            out.append(0x80 | UInt8(scalar & 0x3F))
        }
    }
}
