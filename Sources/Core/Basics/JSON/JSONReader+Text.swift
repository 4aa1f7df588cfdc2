extension JSONReader {
    /// Reads a text and returns where it stands; everything in it is checked, nothing is copied.
    package mutating func text() throws(JSONError) -> Text {
        try require(.text)
        return try scanText()
    }

    /// The text as a `String`.
    package func decoded(_ text: Text) -> String {
        text.hasEscapes ? unescaped(text).raw.text : bytes.extracting(text.range).text
    }

    /// Reads a text whose opening quote is next.
    mutating func scanText() throws(JSONError) -> Text {
        let start = offset &+ 1
        var cursor = start
        var hasEscapes = false
        while true {
            while cursor &+ 8 <= end {
                let special = Self.special(bytes.word(at: cursor))
                guard special == 0 else {
                    cursor &+= special.trailingZeroBitCount &>> 3
                    break
                }
                cursor &+= 8
            }
            guard cursor < end else { throw JSONError(.truncated, at: offset) }
            let byte = bytes.byte(at: cursor)
            switch byte {
            case UInt8(ascii: "\""):
                offset = cursor &+ 1
                return Text(range: start..<cursor, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                cursor = try passEscape(at: cursor)
            case 0x00..<0x20:
                throw JSONError(.controlCharacter, at: cursor)
            case 0x20..<0x80:
                cursor &+= 1
            default:
                let length = UTF8Check.sequence(in: bytes, at: cursor, before: end)
                guard length > 0 else { throw JSONError(.malformedUTF8, at: cursor) }
                cursor &+= length
            }
        }
    }

    /// Marks the bytes of a word that end a plain run: quotes, backslashes, controls, and what is not ASCII.
    ///
    /// The lowest mark is exact; higher ones may be false.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word) | word
        return found & 0x8080_8080_8080_8080
    }

    /// Checks the escape at `start` and returns where it ends.
    private func passEscape(at start: Int) throws(JSONError) -> Int {
        guard start + 1 < end else { throw JSONError(.truncated, at: start) }
        switch bytes.byte(at: start + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard let unit = unit(at: start) else { throw JSONError(.malformedEscape, at: start) }
            switch unit {
            case 0xDC00...0xDFFF: throw JSONError(.loneSurrogate, at: start)
            case 0xD800..<0xDC00:
                guard let low = self.unit(at: start + 6), (0xDC00...0xDFFF).contains(low) else {
                    throw JSONError(.loneSurrogate, at: start)
                }
                return start + 12
            default: return start + 6
            }
        default:
            throw JSONError(.malformedEscape, at: start)
        }
    }

    /// The code unit that `\uXXXX` at `start` spells; nil when it is none.
    private func unit(at start: Int) -> UInt32? {
        guard start + 6 <= end, bytes.byte(at: start) == UInt8(ascii: "\\"),
            bytes.byte(at: start + 1) == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for offset in start + 2..<start + 6 {
            let digit = bytes.byte(at: offset)
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }

    /// The UTF-8 that a checked text means.
    func unescaped(_ text: Text) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.range.count)
        var cursor = text.range.lowerBound
        let end = text.range.upperBound
        while cursor < end {
            var run = cursor
            while run < end, bytes.byte(at: run) != UInt8(ascii: "\\") { run &+= 1 }
            if run > cursor { out.append(bytes.extracting(cursor..<run)) }
            cursor = run
            if cursor < end { cursor = appendEscape(at: cursor, to: &out) }
        }
        return out
    }

    private func appendEscape(at start: Int, to out: inout [UInt8]) -> Int {
        let letter = bytes.byte(at: start + 1)
        switch letter {
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            guard let unit = unit(at: start) else { return start + 2 }
            guard (0xD800..<0xDC00).contains(unit), let low = self.unit(at: start + 6) else {
                UTF8Check.append(unit, to: &out)
                return start + 6
            }
            UTF8Check.append(0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00), to: &out)
            return start + 12
        default: out.append(letter)
        }
        return start + 2
    }
}
