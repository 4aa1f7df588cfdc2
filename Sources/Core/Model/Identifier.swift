import Basics

/// A name that somebody outside chose: 1 to `maximumScalarCount` Unicode scalars, none of them a control character.
///
/// A value is always valid. Names compare and hash as UTF-8 bytes: é composed and decomposed are two names.
package protocol Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    static var maximumScalarCount: Int { get }
    /// Why these bytes, which are UTF-8, are no such name; nil when they are one.
    static func fault(in utf8: borrowing RawSpan) -> IdentifierInvalid?
    var text: String { get }
    init(unchecked text: String)
}

/// Why a text is no identifier.
package enum IdentifierInvalid: Error, Hashable {
    case empty
    case tooShort(scalarCount: Int, minimum: Int)
    case tooLong(scalarCount: Int, maximum: Int)
    case containsControlCharacter
    case containsOther(character: Unicode.Scalar, allowed: String)
    /// The bytes are not UTF-8; a `String` never is to blame.
    case malformed
}

extension Identifier {
    package static var maximumScalarCount: Int { Limits.identifierScalars }

    package init(_ text: String) throws(IdentifierInvalid) {
        if let fault = Self.fault(in: text.utf8.raw) { throw fault }
        self.init(unchecked: text)
    }

    /// Takes bytes that are checked UTF-8.
    package init(checkedUTF8 utf8: borrowing RawSpan) throws(IdentifierInvalid) {
        if let fault = Self.fault(in: utf8) { throw fault }
        self.init(unchecked: utf8.text)
    }

    /// Takes any bytes; nil when they are not UTF-8 or no such name.
    package init?(utf8: borrowing RawSpan) {
        guard UTF8Check.firstFault(in: utf8, 0..<utf8.byteCount) == nil, Self.fault(in: utf8) == nil else {
            return nil
        }
        self.init(unchecked: utf8.text)
    }

    package static func fault(in utf8: borrowing RawSpan) -> IdentifierInvalid? {
        guard utf8.byteCount > 0 else { return .empty }
        var scalars = 0
        var hasControl = false
        for offset in 0..<utf8.byteCount {
            let byte = utf8.byte(at: offset)
            // Continuation bytes aside, each byte begins a scalar.
            if byte & 0xC0 != 0x80 { scalars &+= 1 }
            if byte < 0x20 || byte == 0x7F { hasControl = true }
            // U+0080 to U+009F are C2 80 to C2 9F.
            if byte == 0xC2, offset + 1 < utf8.byteCount, utf8.byte(at: offset + 1) < 0xA0 { hasControl = true }
        }
        if scalars > maximumScalarCount { return .tooLong(scalarCount: scalars, maximum: maximumScalarCount) }
        return hasControl ? .containsControlCharacter : nil
    }

    /// Why these bytes are no name made of the bytes that are allowed, all of them ASCII.
    static func fault(
        in utf8: borrowing RawSpan,
        allowing isAllowed: (UInt8) -> Bool,
        _ allowed: String
    ) -> IdentifierInvalid? {
        guard utf8.byteCount > 0 else { return .empty }
        var scalars = 0
        var foreign: Int?
        for offset in 0..<utf8.byteCount {
            let byte = utf8.byte(at: offset)
            if byte & 0xC0 != 0x80 { scalars &+= 1 }
            if foreign == nil, !isAllowed(byte) { foreign = offset }
        }
        if scalars > maximumScalarCount { return .tooLong(scalarCount: scalars, maximum: maximumScalarCount) }
        guard let foreign else { return nil }
        let length = UTF8Check.sequence(in: utf8, at: foreign, before: utf8.byteCount)
        let scalar = utf8.extracting(foreign..<(foreign + length)).text.unicodeScalars.first
        return scalar.map { .containsOther(character: $0, allowed: allowed) } ?? .malformed
    }

    /// Whether a byte is one of `A-Z a-z 0-9 _ -`.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package static func == (one: Self, other: Self) -> Bool { one.text.hasSameBytes(as: other.text) }
    package static func < (one: Self, other: Self) -> Bool { one.text.byteOrder(other.text) < 0 }
    package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
    package var description: String { text }
}
