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
        fault(in: utf8, allowing: isAllowed, "A-Z a-z 0-9 _ . : -")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: isWordByte(byte)
        }
    }
}
