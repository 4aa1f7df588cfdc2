import Basics

/// The encoded key of a field, as numbers to compare with: its head and its name.
struct EncodedKey {
    /// The first eight bytes, the first one lowest.
    let word: UInt64
    let mask: UInt64
    let length: Int
    /// The ninth and tenth byte, where there are any.
    let tail: UInt16

    static var at: Self { Self(word: 0x0000_0000_0074_6162, mask: 0x0000_0000_00FF_FFFF, length: 3, tail: 0) }
    static var key: Self { Self(word: 0x0000_0000_7965_6B63, mask: 0x0000_0000_FFFF_FFFF, length: 4, tail: 0) }
    static var room: Self { Self(word: 0x0000_006D_6F6F_7264, mask: 0x0000_00FF_FFFF_FFFF, length: 5, tail: 0) }
    static var type: Self { Self(word: 0x0000_0065_7079_7464, mask: 0x0000_00FF_FFFF_FFFF, length: 5, tail: 0) }
    static var agent: Self { Self(word: 0x0000_746E_6567_6165, mask: 0x0000_FFFF_FFFF_FFFF, length: 6, tail: 0) }
    static var clock: Self { Self(word: 0x0000_6B63_6F6C_6365, mask: 0x0000_FFFF_FFFF_FFFF, length: 6, tail: 0) }
    static var causes: Self { Self(word: 0x0073_6573_7561_6366, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7, tail: 0) }
    static var commit: Self { Self(word: 0x0074_696D_6D6F_6366, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7, tail: 0) }
    static var number: Self { Self(word: 0x0072_6562_6D75_6E66, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7, tail: 0) }
    static var writer: Self { Self(word: 0x0072_6574_6972_7766, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7, tail: 0) }
    static var subject: Self { Self(word: 0x7463_656A_6275_7367, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 8, tail: 0) }
    static var position: Self {
        Self(word: 0x6F69_7469_736F_7068, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 9, tail: 0x6E00)
    }
    static var received: Self {
        Self(word: 0x6576_6965_6365_7268, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 9, tail: 0x6400)
    }
    static var publicKey: Self {
        Self(word: 0x4B63_696C_6275_7069, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 10, tail: 0x6579)
    }
    static var signature: Self {
        Self(word: 0x7574_616E_6769_7369, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 10, tail: 0x7265)
    }
}

/// Reads canonical bytes field by field, in the one order that they have.
///
/// `CBORReader` reads the same, but takes twice as long for the short items that most fields are.
struct CanonicalCursor: ~Escapable {
    let bytes: RawSpan
    var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// Whether this key is next; it is passed over then.
    @inline(__always)
    mutating func takes(_ key: EncodedKey) -> Bool {
        // The shortest field after which another one may follow ends more than ten bytes before the end.
        guard offset &+ 10 <= bytes.byteCount, bytes.word(at: offset) & key.mask == key.word,
            key.length <= 8 || hasTail(of: key)
        else { return false }
        offset &+= key.length
        return true
    }

    @inline(__always)
    mutating func require(_ key: EncodedKey) throws(CBORError) {
        guard takes(key) else { throw CBORError(.misplaced, at: offset) }
    }

    /// Whether the letters after the eighth byte are those of the key.
    private func hasTail(of key: EncodedKey) -> Bool {
        let tail = bytes.bigEndian(at: offset &+ 8, as: UInt16.self)
        return key.length == 9 ? tail >> 8 == key.tail >> 8 : tail == key.tail
    }

    mutating func mapCount() throws(CBORError) -> Int {
        guard bytes.byteCount > 0, (0xA0..<0xB8).contains(bytes.byte(at: 0)) else {
            throw CBORError(.misplaced, at: 0)
        }
        offset = 1
        return Int(bytes.byte(at: 0) & 0x1F)
    }

    @inline(__always)
    mutating func text() throws(CBORError) -> Range<Int> {
        guard offset < bytes.byteCount else { throw CBORError(.truncated, at: offset) }
        let length = Int(bytes.byte(at: offset) ^ 0x60)
        guard length < 24, offset &+ 1 &+ length <= bytes.byteCount else { return try longText() }
        let start = offset &+ 1
        offset = start &+ length
        return start..<offset
    }

    private mutating func longText() throws(CBORError) -> Range<Int> {
        var reader = CBORReader(bytes, at: offset)
        let range = try reader.uncheckedText()
        offset = range.upperBound
        return range
    }

    mutating func bytes(_ count: Int) throws(CBORError) -> Range<Int> {
        guard offset &+ 2 &+ count <= bytes.byteCount,
            bytes.bigEndian(at: offset, as: UInt16.self) == 0x5800 | UInt16(truncatingIfNeeded: count)
        else { throw CBORError(.misplaced, at: offset) }
        let start = offset &+ 2
        offset = start &+ count
        return start..<offset
    }

    mutating func integer() throws(CBORError) -> Int64 {
        if offset < bytes.byteCount, bytes.byte(at: offset) < 24 {
            offset &+= 1
            return Int64(bytes.byte(at: offset &- 1))
        }
        // Numbers, positions and times, in the shortest form that holds them; whatever else is judged below.
        if offset &+ 9 <= bytes.byteCount {
            switch bytes.byte(at: offset) {
            case 0x19:
                let value = bytes.bigEndian(at: offset &+ 1, as: UInt16.self)
                if value > 0xFF {
                    offset &+= 3
                    return Int64(value)
                }
            case 0x1A:
                let value = bytes.bigEndian(at: offset &+ 1, as: UInt32.self)
                if value > 0xFFFF {
                    offset &+= 5
                    return Int64(value)
                }
            case 0x1B:
                let value = bytes.bigEndian(at: offset &+ 1, as: UInt64.self)
                if value > 0xFFFF_FFFF, value <= UInt64(Limits.integer) {
                    offset &+= 9
                    return Int64(value)
                }
            default: break
            }
        }
        var reader = CBORReader(bytes, at: offset)
        let integer = try reader.integer()
        offset = reader.offset
        return integer
    }

    // MARK: Whole fields, checked

    @inline(__always)
    mutating func name<Name: Identifier>() throws(CBORError) -> Name {
        let start = offset
        let utf8 = bytes.extracting(try text())
        if let fault = UTF8Check.firstFault(in: utf8, 0..<utf8.byteCount) {
            throw CBORError(.malformedText, at: start + fault)
        }
        guard let name = try? Name(checkedUTF8: utf8) else { throw CBORError(.outOfRange, at: start) }
        return name
    }

    mutating func clock() throws(CBORError) -> VectorClock {
        var reader = CBORReader(bytes, at: offset)
        let clock = try reader.clock()
        offset = reader.offset
        return clock
    }

    mutating func causes() throws(CBORError) -> [Position] {
        var reader = CBORReader(bytes, at: offset)
        let causes = try reader.positions()
        offset = reader.offset
        return causes
    }

    mutating func hash() throws(CBORError) -> ContentHash {
        let start = offset
        guard let hash = ContentHash(bytes.extracting(try bytes(ContentHash.byteCount))) else {
            throw CBORError(.misplaced, at: start)
        }
        return hash
    }

    mutating func number() throws(CBORError) -> EventNumber {
        let start = offset
        guard let number = EventNumber(try integer()) else { throw CBORError(.outOfRange, at: start) }
        return number
    }

    mutating func writer() throws(CBORError) -> Writer {
        let start = offset
        let name = try text()
        guard let writer = Writer(utf8: bytes.extracting(name)) else { throw CBORError(.outOfRange, at: start) }
        return writer
    }

    mutating func position() throws(CBORError) -> Position {
        let start = offset
        guard let position = Position(checking: try integer()) else { throw CBORError(.outOfRange, at: start) }
        return position
    }

    mutating func hybridTime() throws(CBORError) -> HybridTime {
        let start = offset
        guard start < bytes.byteCount, bytes.byte(at: start) == 0x82 else { throw CBORError(.misplaced, at: start) }
        offset = start &+ 1
        guard let time = HybridTime(checking: try integer(), counter: try integer()) else {
            throw CBORError(.outOfRange, at: start)
        }
        return time
    }

    // MARK: Fields that are passed over

    mutating func passClock() throws(CBORError) {
        var reader = CBORReader(bytes, at: offset)
        for _ in 0..<(try reader.map()) {
            _ = try reader.uncheckedText()
            _ = try reader.integer()
        }
        offset = reader.offset
    }

    mutating func passCauses() throws(CBORError) {
        var reader = CBORReader(bytes, at: offset)
        for _ in 0..<(try reader.array()) { _ = try reader.integer() }
        offset = reader.offset
    }
}
