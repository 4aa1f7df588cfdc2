/// Reads JSON (RFC 8259) from UTF-8 bytes, strictly: what is not JSON to the letter is refused with its place.
///
/// Malformed UTF-8, overlong forms, lone surrogates, duplicate keys, leading zeros, bare control characters and text
/// after the end are errors. Numbers are read as doubles; those that equal an integer within ±2⁵³ are integers, −0
/// is 0.
///
/// Three ways to read: scalars here, containers by pulling (`openObject`, `nextKey`, …), and whole values into
/// canonical CBOR (`assemble`), which is the quickest.
package struct JSONReader: ~Escapable {
    package let bytes: RawSpan
    package internal(set) var offset: Int
    /// Where reading ends; the bytes may go on, as those of many lines do.
    package let end: Int
    var pulled = JSONPull()

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
        offset = 0
        end = bytes.byteCount
    }

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, _ range: Range<Int>) {
        precondition(range.upperBound <= bytes.byteCount, "a document lies inside its bytes")
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// A text as it stands between its quotes.
    package struct Text: Sendable {
        package let range: Range<Int>
        package let hasEscapes: Bool
    }

    /// A number in canonical form.
    package enum Number: Sendable, Hashable {
        case integer(Int64)
        case double(Double)
        /// The number is too large for any double.
        case beyondDouble
    }

    /// Passes over white space; true when nothing follows it.
    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return offset == end
    }

    /// Refuses anything but white space after the last value.
    package mutating func finish() throws(JSONError) {
        guard isAtEnd() else { throw JSONError(.trailingBytes, at: offset) }
    }

    /// What the next value is; only white space is consumed.
    package mutating func kind() throws(JSONError) -> JSONKind {
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        switch bytes.byte(at: offset) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw JSONError(.unexpectedByte, at: offset)
        }
    }

    // MARK: Scalars

    package mutating func bool() throws(JSONError) -> Bool {
        try require(.bool)
        if bytes.byte(at: offset) == UInt8(ascii: "t") {
            try literal(0x65_75_72_74, length: 4)
            return true
        }
        offset += 1
        try literal(0x65_73_6C_61, length: 4, from: offset - 1)
        return false
    }

    package mutating func null() throws(JSONError) {
        try require(.null)
        try literal(0x6C_6C_75_6E, length: 4)
    }

    /// A text, decoded.
    package mutating func string() throws(JSONError) -> String {
        let text = try text()
        return decoded(text)
    }

    /// A finite number.
    package mutating func double() throws(JSONError) -> Double {
        let start = offset
        switch try number() {
        case .integer(let integer): return Double(integer)
        case .double(let double): return double
        case .beyondDouble: throw JSONError(.numberBeyondDouble, at: start)
        }
    }

    /// A number that equals an integer within ±2⁵³.
    package mutating func integer() throws(JSONError) -> Int64 {
        let start = offset
        guard case .integer(let integer) = try number() else { throw JSONError(.outOfRange, at: start) }
        return integer
    }

    // MARK: Parts

    func require(_ wanted: JSONKind, found: JSONKind) throws(JSONError) {
        guard found == wanted else { throw JSONError(.unexpected(found: found, wanted: wanted), at: offset) }
    }

    mutating func require(_ wanted: JSONKind) throws(JSONError) {
        let found = try kind()
        try require(wanted, found: found)
    }

    @inline(__always)
    mutating func skipSpace() {
        while offset < end {
            switch bytes.byte(at: offset) {
            case 0x20, 0x0A, 0x0D, 0x09: offset &+= 1
            default: return
            }
        }
    }

    /// Passes over letters that must be these, the first one lowest in `word`.
    mutating func literal(_ word: UInt32, length: Int, from start: Int? = nil) throws(JSONError) {
        guard end - offset >= length else { throw JSONError(.malformedLiteral, at: start ?? offset) }
        for index in 0..<length
        where bytes.byte(at: offset + index) != UInt8(truncatingIfNeeded: word >> UInt32(8 * index)) {
            throw JSONError(.malformedLiteral, at: start ?? offset)
        }
        offset += length
    }
}
