internal import Basics

// Text of protocols inside bytes: compared as ASCII, and never turned into a String for it.

extension RawSpan {
    /// Whether these are the bytes of a literal.
    package func isSame(as literal: StaticString) -> Bool {
        guard literal.utf8CodeUnitCount == byteCount else { return false }
        // Sound: a literal's bytes are constant memory, and the index stays below their count.
        let bytes = unsafe literal.utf8Start
        for offset in 0..<byteCount where unsafe bytes[offset] != byte(at: offset) { return false }
        return true
    }

    /// Whether these are the bytes of a lower-case literal, letters in any case.
    package func isSameIgnoringCase(as lowercase: StaticString) -> Bool {
        guard lowercase.utf8CodeUnitCount == byteCount else { return false }
        // Sound: as above.
        let bytes = unsafe lowercase.utf8Start
        for offset in 0..<byteCount where unsafe bytes[offset] != ASCII.lowercase(byte(at: offset)) { return false }
        return true
    }

    /// The part of `range`.
    @_lifetime(copy self)
    package func part(_ range: Range<Int>) -> RawSpan { extracting(range) }

    /// Without spaces and tabs at either end.
    package var trimmed: RawSpan {
        @_lifetime(copy self) get {
            var (start, end) = (0, byteCount)
            while start < end, ASCII.isBlank(byte(at: start)) { start &+= 1 }
            while end > start, ASCII.isBlank(byte(at: end &- 1)) { end &-= 1 }
            return extracting(start..<end)
        }
    }

    /// Where `wanted` occurs first at or after `start`.
    package func firstIndex(of wanted: UInt8, from start: Int = 0) -> Int? {
        var offset = start
        while offset < byteCount {
            if byte(at: offset) == wanted { return offset }
            offset &+= 1
        }
        return nil
    }

    /// Decimal digits and nothing else, at most 18 of them.
    package var decimal: Int? {
        guard byteCount > 0, byteCount <= 18 else { return nil }
        var number = 0
        for offset in 0..<byteCount {
            let digit = byte(at: offset) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return number
    }

    /// Calls `body` with each element of a comma-separated list, blanks trimmed, empty ones left out.
    ///
    /// Commas inside quoted strings do not separate. `body` answers whether to go on.
    package func forEachElement(_ body: (RawSpan) -> Visit) {
        var (start, offset, isQuoted) = (0, 0, false)
        while offset <= byteCount {
            let byte = offset < byteCount ? self.byte(at: offset) : UInt8(ascii: ",")
            if isQuoted, offset < byteCount {
                if byte == UInt8(ascii: "\\") {
                    offset &+= 1
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                let element = extracting(start..<Swift.min(offset, byteCount)).trimmed
                if element.byteCount > 0, body(element) == .stop { return }
                start = offset &+ 1
            }
            offset &+= 1
        }
    }
}

/// Whether a visitor wants more.
package enum Visit: Sendable { case next, stop }

/// Classes of ASCII bytes, as two words of bits each: no table in memory, no start-up cost.
enum ASCII {
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func lowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// What names are made of (RFC 9110, `tchar`).
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        let bits: UInt64 = byte < 0x40 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return bits &>> UInt64(byte & 0x3F) & 1 != 0
    }

    /// What a request target is made of: visible ASCII but for `"`, `#`, `<`, `>` and `\`.
    static func isTarget(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        let bits: UInt64 = byte < 0x40 ? 0xAFFF_FFF2_0000_0000 : 0x7FFF_FFFF_EFFF_FFFF
        return bits &>> UInt64(byte & 0x3F) & 1 != 0
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// The value of a hexadecimal digit; nil for any other byte.
    static func hexadecimal(_ byte: UInt8) -> Int? {
        if byte &- 0x30 < 10 { return Int(byte &- 0x30) }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? Int(letter) + 10 : nil
    }
}
