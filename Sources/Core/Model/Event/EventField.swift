import Basics

/// The fields of an event by name: as clients send them, as canonical bytes hold them, as answers show them.
///
/// The cases up to `signature` are those of canonical bytes, in their order there.
package enum EventField: UInt8, Sendable, Hashable, CaseIterable {
    case at, key, room, type, agent, clock, causes, commit, number, writer, subject, position, received, publicKey
    case signature
    case data, salt
    case hash, leaf, forgotten

    package var name: String {
        switch self {
        case .at: "at"
        case .key: "key"
        case .room: "room"
        case .type: "type"
        case .agent: "agent"
        case .clock: "clock"
        case .causes: "causes"
        case .commit: "commit"
        case .number: "number"
        case .writer: "writer"
        case .subject: "subject"
        case .position: "position"
        case .received: "received"
        case .publicKey: "publicKey"
        case .signature: "signature"
        case .data: "data"
        case .salt: "salt"
        case .hash: "hash"
        case .leaf: "leaf"
        case .forgotten: "forgotten"
        }
    }

    /// Whether clients may send it.
    package var isSent: Bool {
        switch self {
        case .at, .key, .room, .type, .agent, .clock, .causes, .number, .subject, .publicKey, .signature, .data, .salt:
            true
        case .commit, .writer, .position, .received, .hash, .leaf, .forgotten: false
        }
    }

    /// Whether canonical bytes hold it.
    package var isCanonical: Bool { rawValue <= EventField.signature.rawValue }

    /// The field of this name; nil when there is none.
    package init?(utf8 name: borrowing RawSpan) {
        guard name.byteCount <= 8 else {
            self.init(longName: name)
            return
        }
        // The letters of a name, the first one lowest; a test compares these numbers with `name`.
        var word: UInt64 = 0
        for offset in 0..<name.byteCount { word |= UInt64(name.byte(at: offset)) &<< UInt64(8 &* offset) }
        switch word {
        case 0x0000_0000_0000_7461: self = .at
        case 0x0000_0000_0079_656B: self = .key
        case 0x0000_0000_6D6F_6F72: self = .room
        case 0x0000_0000_6570_7974: self = .type
        case 0x0000_0074_6E65_6761: self = .agent
        case 0x0000_006B_636F_6C63: self = .clock
        case 0x0000_7365_7375_6163: self = .causes
        case 0x0000_7469_6D6D_6F63: self = .commit
        case 0x0000_7265_626D_756E: self = .number
        case 0x0000_7265_7469_7277: self = .writer
        case 0x0074_6365_6A62_7573: self = .subject
        case 0x6E6F_6974_6973_6F70: self = .position
        case 0x6465_7669_6563_6572: self = .received
        case 0x0000_0000_6174_6164: self = .data
        case 0x0000_0000_746C_6173: self = .salt
        case 0x0000_0000_6873_6168: self = .hash
        case 0x0000_0000_6661_656C: self = .leaf
        default: return nil
        }
        // Zero bytes would not show in the word.
        guard name.byteCount == (71 - word.leadingZeroBitCount) / 8 else { return nil }
    }

    private init?(longName name: borrowing RawSpan) {
        for field in [EventField.publicKey, .signature, .forgotten] where name.isSame(as: field.name.utf8.raw) {
            self = field
            return
        }
        return nil
    }
}

/// A set of fields.
struct EventFieldSet: Sendable, Hashable {
    private var bits: UInt32 = 0

    var isEmpty: Bool { bits == 0 }
    func contains(_ field: EventField) -> Bool { bits & Self.bit(field) != 0 }
    mutating func insert(_ field: EventField) { bits |= Self.bit(field) }

    private static func bit(_ field: EventField) -> UInt32 { 1 << UInt32(field.rawValue) }
}
