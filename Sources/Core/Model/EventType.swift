import Basics

/// What kind of event it is: 1 to 50 of `A-Z a-z 0-9 _ . : -`.
package struct EventType: Identifier {
    package static let maximumScalarCount = Limits.typeBytes

    package let text: String
    package init(unchecked text: String) { self.text = text }

    // The six of the field.
    package static let touch = EventType(unchecked: "TOUCH")
    package static let breath = EventType(unchecked: "BREATH")
    package static let spiral = EventType(unchecked: "SPIRAL")
    package static let bloom = EventType(unchecked: "BLOOM")
    package static let sacredPhrase = EventType(unchecked: "SACRED_PHRASE")
    package static let offlineSync = EventType(unchecked: "OFFLINE_SYNC")
    package static let field: [EventType] = [.touch, .breath, .spiral, .bloom, .sacredPhrase, .offlineSync]

    /// Says that a subject was forgotten.
    package static let forget = EventType(unchecked: "prima.forget")

    /// Whether the type is Prima's own, `prima.…`.
    package var isReserved: Bool { text.utf8.starts(with: "prima.".utf8) }

    package static func fault(in utf8: borrowing RawSpan) -> IdentifierInvalid? {
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
        return scalar.map { .containsOther(character: $0) } ?? .malformed
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
