/// Reads CBOR item by item, strictly and without allocating.
///
/// Every mode refuses indefinite lengths, tags, malformed UTF-8 and reserved forms. `canonical` refuses whatever
/// deterministic encoding (RFC 8949 §4.2.1) does not write: what it accepts has one encoding only. `lenient` takes any
/// width of number, for input from clients. The order of keys and their uniqueness are checked by what reads whole
/// values (`skip`, `value`, `CBORAssembler`), in both modes.
package struct CBORReader: ~Escapable {
    package enum Mode: Sendable { case canonical, lenient }

    package let bytes: RawSpan
    package let mode: Mode
    package private(set) var offset: Int

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, mode: Mode = .canonical, at offset: Int = 0) {
        self.bytes = bytes
        self.mode = mode
        self.offset = offset
    }

    package var isAtEnd: Bool { offset == bytes.byteCount }
    package var remaining: Int { bytes.byteCount - offset }

    /// Refuses bytes after the last item.
    package func finish() throws(CBORError) {
        guard isAtEnd else { throw CBORError(.trailingBytes, at: offset) }
    }

    /// The bytes of a range that a read returned.
    package subscript(range: Range<Int>) -> RawSpan {
        @_lifetime(copy self) get { bytes.extracting(range) }
    }

    /// What the next item is; nothing is consumed.
    package func kind() throws(CBORError) -> CBORKind {
        guard offset < bytes.byteCount else { throw CBORError(.truncated, at: offset) }
        return Self.kind(of: bytes.byte(at: offset))
    }

    // MARK: Items

    /// An integer within ±2⁵³; in lenient mode also a float that equals one.
    package mutating func integer() throws(CBORError) -> Int64 {
        let start = offset
        switch try number() {
        case .integer(let integer): return integer
        case .double(let double):
            guard double.isFinite else { throw CBORError(.notFinite, at: start) }
            throw CBORError(.outOfRange, at: start)
        case .beyondDouble: throw CBORError(.integerBeyondDouble, at: start)
        }
    }

    /// A number as canonical form has it.
    package enum Number: Sendable, Hashable {
        case integer(Int64)
        /// A float that equals no integer within ±2⁵³; in lenient mode it may be NaN or infinite.
        case double(Double)
        /// An integer that no double holds; lenient mode only.
        case beyondDouble
    }

    /// Any number, as canonical form has it.
    package mutating func number() throws(CBORError) -> Number {
        let start = offset
        guard start < bytes.byteCount else { throw CBORError(.truncated, at: start) }
        let first = bytes.byte(at: start)
        switch first {
        case 0x00..<0x40: return try integer(negative: first >= 0x20)
        case 0xF9, 0xFA, 0xFB: return try float()
        default: throw CBORError(.unexpected(found: Self.kind(of: first), wanted: .integer), at: start)
        }
    }

    package mutating func bool() throws(CBORError) -> Bool {
        guard try kind() == .bool else { throw unexpected(wanted: .bool) }
        defer { offset += 1 }
        return bytes.byte(at: offset) == 0xF5
    }

    package mutating func null() throws(CBORError) {
        guard try kind() == .null else { throw unexpected(wanted: .null) }
        offset += 1
    }

    /// The range of a text's UTF-8, which is checked.
    package mutating func text() throws(CBORError) -> Range<Int> {
        let range = try string(major: 0x60, .text)
        if let fault = UTF8Check.firstFault(in: bytes, range) { throw CBORError(.malformedText, at: fault) }
        return range
    }

    /// The range of a text's bytes, unchecked: for bytes that were checked when they were stored.
    package mutating func uncheckedText() throws(CBORError) -> Range<Int> { try string(major: 0x60, .text) }

    /// Passes over bytes that the caller looked at; they must be there.
    package mutating func advance(by count: Int) {
        precondition(count <= remaining, "nothing beyond the end can be passed over")
        offset += count
    }

    /// The range of a byte string's content.
    package mutating func byteString() throws(CBORError) -> Range<Int> { try string(major: 0x40, .bytes) }

    /// Opens an array; that many items follow.
    package mutating func array() throws(CBORError) -> Int { try container(major: 0x80, .array, itemsEach: 1) }

    /// Opens a map; that many keys with values follow.
    package mutating func map() throws(CBORError) -> Int { try container(major: 0xA0, .map, itemsEach: 2) }

    /// A key of a map: a text.
    package mutating func key() throws(CBORError) -> Range<Int> {
        guard try kind() == .text else { throw CBORError(.keyIsNoText, at: offset) }
        return try text()
    }

    // MARK: Parts

    private static func kind(of first: UInt8) -> CBORKind {
        switch first >> 5 {
        case 0, 1: .integer
        case 2: .bytes
        case 3: .text
        case 4: .array
        case 5: .map
        case 6: .tag
        default:
            switch first {
            case 0xF4, 0xF5: .bool
            case 0xF6: .null
            case 0xF9, 0xFA, 0xFB: .double
            default: .simple
            }
        }
    }

    package func unexpected(wanted: CBORKind) -> CBORError {
        guard let found = try? kind() else { return CBORError(.truncated, at: offset) }
        if found == .tag { return CBORError(.tag, at: offset) }
        return CBORError(.unexpected(found: found, wanted: wanted), at: offset)
    }

    /// Reads a head of the given major type and returns its argument.
    @inline(__always)
    private mutating func argument(major: UInt8, _ wanted: CBORKind) throws(CBORError) -> UInt64 {
        let start = offset
        guard start < bytes.byteCount else { throw CBORError(.truncated, at: start) }
        let low = bytes.byte(at: start) ^ major
        guard low < 24 else { return try longArgument(major: major, wanted) }
        offset = start &+ 1
        return UInt64(low)
    }

    private mutating func longArgument(major: UInt8, _ wanted: CBORKind) throws(CBORError) -> UInt64 {
        let start = offset
        let low = bytes.byte(at: start) ^ major
        guard low < 32 else { throw unexpected(wanted: wanted) }
        guard low < 28 else { throw CBORError(low == 31 ? .indefiniteLength : .reserved, at: start) }
        let width = 1 << Int(low &- 24)
        guard remaining > width else { throw CBORError(.truncated, at: start) }
        offset = start + 1 + width
        let argument: UInt64
        let least: UInt64
        switch width {
        case 1: (argument, least) = (UInt64(bytes.byte(at: start + 1)), 24)
        case 2: (argument, least) = (UInt64(bytes.bigEndian(at: start + 1, as: UInt16.self)), 0x100)
        case 4: (argument, least) = (UInt64(bytes.bigEndian(at: start + 1, as: UInt32.self)), 0x1_0000)
        default: (argument, least) = (bytes.bigEndian(at: start + 1, as: UInt64.self), 0x1_0000_0000)
        }
        guard mode == .lenient || argument >= least else { throw CBORError(.notShortest, at: start) }
        return argument
    }

    @inline(__always)
    private mutating func string(major: UInt8, _ kind: CBORKind) throws(CBORError) -> Range<Int> {
        let start = offset
        let count = try argument(major: major, kind)
        guard count <= UInt64(remaining) else { throw CBORError(.truncated, at: start) }
        let content = offset..<(offset + Int(count))
        offset = content.upperBound
        return content
    }

    private mutating func container(
        major: UInt8,
        _ kind: CBORKind,
        itemsEach: UInt64
    ) throws(CBORError) -> Int {
        let start = offset
        let count = try argument(major: major, kind)
        // Every item takes a byte at least: a count beyond that is a lie, whatever follows.
        guard count <= UInt64(remaining) / itemsEach else { throw CBORError(.truncated, at: start) }
        return Int(count)
    }

    private mutating func integer(negative: Bool) throws(CBORError) -> Number {
        let start = offset
        let argument = try argument(major: negative ? 0x20 : 0x00, .integer)
        let most = UInt64(Limits.integer) - (negative ? 1 : 0)
        if argument <= most {
            return .integer(negative ? ~Int64(argument) : Int64(argument))
        }
        guard mode == .lenient else { throw CBORError(.outOfRange, at: start) }
        guard negative else { return Double(exactly: argument).map(Number.double) ?? .beyondDouble }
        // What is meant is −1 − argument; −2⁶⁴ itself is one step beyond what UInt64 holds.
        if argument == .max { return .double(-0x1p64) }
        return Double(exactly: argument + 1).map { .double(-$0) } ?? .beyondDouble
    }

    private mutating func float() throws(CBORError) -> Number {
        let start = offset
        let width = 1 << Int(bytes.byte(at: start) - 0xF8)
        guard remaining > width else { throw CBORError(.truncated, at: start) }
        offset += 1 + width
        let double: Double
        var isShortest = true
        switch width {
        case 2:
            double = Half.value(bytes.bigEndian(at: start + 1, as: UInt16.self))
        case 4:
            let single = Float(bitPattern: bytes.bigEndian(at: start + 1, as: UInt32.self))
            isShortest = Half.bits(of: single) == nil
            double = Double(single)
        default:
            double = Double(bitPattern: bytes.bigEndian(at: start + 1, as: UInt64.self))
            isShortest = Double(Float(double)) != double
        }
        let integer = Value.canonicalInteger(double)
        if mode == .canonical {
            guard double.isFinite else { throw CBORError(.notFinite, at: start) }
            guard isShortest, integer == nil else { throw CBORError(.notShortest, at: start) }
        }
        guard let integer else { return .double(double) }
        return .integer(integer)
    }
}
