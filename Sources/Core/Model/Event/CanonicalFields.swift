package import Basics

/// An allocation-free look at canonical bytes: where the fields are that look-ups need, and the numbers themselves.
///
/// Ranges are of the content, without its CBOR head. For bytes that were checked when they were stored: the forms,
/// lengths and order of the fields are checked again, the UTF-8 and the rules of names are not.
package struct CanonicalFields: Sendable {
    package let key: Range<Int>?
    package let room: Range<Int>?
    package let type: Range<Int>
    package let agent: Range<Int>
    package let commit: Range<Int>
    package let number: Int64?
    package let writer: Writer
    package let subject: Range<Int>?
    package let position: Position
    package let received: HybridTime
    package let publicKey: Range<Int>?
    package let signature: Range<Int>?

    /// Whose data the body is: the range of the subject, or else of the agent.
    package var owner: Range<Int> { subject ?? agent }

    package init(_ bytes: RawSpan) throws(CBORError) {
        var reader = CBORReader(bytes)
        let count = try reader.map()
        // Fields stand in one order only, so each is either next or absent.
        var found = 6
        if reader.takes(.at) {
            _ = try reader.integer()
            found += 1
        }
        key = try reader.takes(.key) ? reader.uncheckedText() : nil
        room = try reader.takes(.room) ? reader.uncheckedText() : nil
        try reader.require(.type)
        type = try reader.uncheckedText()
        try reader.require(.agent)
        agent = try reader.uncheckedText()
        if reader.takes(.clock) {
            try reader.passClock()
            found += 1
        }
        if reader.takes(.causes) {
            for _ in 0..<(try reader.array()) { _ = try reader.integer() }
            found += 1
        }
        try reader.require(.commit)
        commit = try reader.byteString(ContentHash.byteCount)
        number = try reader.takes(.number) ? reader.integer() : nil
        try reader.require(.writer)
        writer = try reader.writer()
        subject = try reader.takes(.subject) ? reader.uncheckedText() : nil
        try reader.require(.position)
        position = try reader.position()
        try reader.require(.received)
        received = try reader.hybridTime()
        publicKey = try reader.takes(.publicKey) ? reader.byteString(Limits.publicKeyBytes) : nil
        signature = try reader.takes(.signature) ? reader.byteString(Limits.signatureBytes) : nil
        found += (key == nil ? 0 : 1) + (room == nil ? 0 : 1) + (number == nil ? 0 : 1) + (subject == nil ? 0 : 1)
        found += (publicKey == nil ? 0 : 1) + (signature == nil ? 0 : 1)
        guard found == count else { throw CBORError(.misplaced, at: reader.offset) }
        try reader.finish()
    }
}

/// The encoded key of a field, as a word to compare with: its head and its name, the first eight bytes of them.
private struct EncodedKey {
    let word: UInt64
    let mask: UInt64
    let length: Int

    static let at = Self(word: 0x0000_0000_0074_6162, mask: 0x0000_0000_00FF_FFFF, length: 3)
    static let key = Self(word: 0x0000_0000_7965_6B63, mask: 0x0000_0000_FFFF_FFFF, length: 4)
    static let room = Self(word: 0x0000_006D_6F6F_7264, mask: 0x0000_00FF_FFFF_FFFF, length: 5)
    static let type = Self(word: 0x0000_0065_7079_7464, mask: 0x0000_00FF_FFFF_FFFF, length: 5)
    static let agent = Self(word: 0x0000_746E_6567_6165, mask: 0x0000_FFFF_FFFF_FFFF, length: 6)
    static let clock = Self(word: 0x0000_6B63_6F6C_6365, mask: 0x0000_FFFF_FFFF_FFFF, length: 6)
    static let causes = Self(word: 0x0073_6573_7561_6366, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7)
    static let commit = Self(word: 0x0074_696D_6D6F_6366, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7)
    static let number = Self(word: 0x0072_6562_6D75_6E66, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7)
    static let writer = Self(word: 0x0072_6574_6972_7766, mask: 0x00FF_FFFF_FFFF_FFFF, length: 7)
    static let subject = Self(word: 0x7463_656A_6275_7367, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 8)
    static let position = Self(word: 0x6F69_7469_736F_7068, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 9)
    static let received = Self(word: 0x6576_6965_6365_7268, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 9)
    static let publicKey = Self(word: 0x4B63_696C_6275_7069, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 10)
    static let signature = Self(word: 0x7574_616E_6769_7369, mask: 0xFFFF_FFFF_FFFF_FFFF, length: 10)
}

extension CBORReader {
    /// Whether this key is next; it is passed over then.
    fileprivate mutating func takes(_ key: EncodedKey) -> Bool {
        // Even the shortest event has more than eight bytes after its last key.
        guard remaining >= 10, bytes.word(at: offset) & key.mask == key.word else { return false }
        if key.length > 8 {
            // The ninth letter and the tenth tell nothing more but that the name is whole.
            guard hasTail(of: key) else { return false }
        }
        advance(by: key.length)
        return true
    }

    private func hasTail(of key: EncodedKey) -> Bool {
        let ninth = bytes.byte(at: offset + 8)
        let tenth = bytes.byte(at: offset + 9)
        switch key.word & 0xFFFF {
        case 0x7068: return ninth == UInt8(ascii: "n")
        case 0x7268: return ninth == UInt8(ascii: "d")
        case 0x7069: return ninth == UInt8(ascii: "e") && tenth == UInt8(ascii: "y")
        default: return ninth == UInt8(ascii: "r") && tenth == UInt8(ascii: "e")
        }
    }

    fileprivate mutating func require(_ key: EncodedKey) throws(CBORError) {
        guard takes(key) else { throw CBORError(.misplaced, at: offset) }
    }

    fileprivate mutating func byteString(_ count: Int) throws(CBORError) -> Range<Int> {
        let start = offset
        let range = try byteString()
        guard range.count == count else { throw CBORError(.outOfRange, at: start) }
        return range
    }

    fileprivate mutating func passClock() throws(CBORError) {
        for _ in 0..<(try map()) {
            _ = try uncheckedText()
            _ = try integer()
        }
    }

    fileprivate mutating func writer() throws(CBORError) -> Writer {
        let start = offset
        let name = try uncheckedText()
        guard let writer = Writer(utf8: self[name]) else { throw CBORError(.outOfRange, at: start) }
        return writer
    }

    fileprivate mutating func position() throws(CBORError) -> Position {
        let start = offset
        guard let position = Position(checking: try integer()) else { throw CBORError(.outOfRange, at: start) }
        return position
    }

    fileprivate mutating func hybridTime() throws(CBORError) -> HybridTime {
        let start = offset
        guard try array() == 2 else { throw CBORError(.misplaced, at: start) }
        guard let time = HybridTime(checking: try integer(), counter: try integer()) else {
            throw CBORError(.outOfRange, at: start)
        }
        return time
    }
}
