import Basics

/// The fields of an event by name: as clients send them, as canonical bytes hold them, as answers show them.
///
/// The cases up to `signature` are those of canonical bytes, in their order there.
package enum EventField: String, Sendable, Hashable, CaseIterable {
    case at, key, room, type, agent, clock, causes, commit, number, writer, subject, position, received, publicKey
    case signature
    case data, salt
    case hash, leaf, forgotten

    /// Whether clients may send it.
    package var isSent: Bool {
        switch self {
        case .at, .key, .room, .type, .agent, .clock, .causes, .number, .subject, .publicKey, .signature, .data, .salt:
            true
        case .commit, .writer, .position, .received, .hash, .leaf, .forgotten: false
        }
    }

    /// Whether canonical bytes hold it.
    package var isCanonical: Bool {
        switch self {
        case .data, .salt, .hash, .leaf, .forgotten: false
        default: true
        }
    }

    /// The field of this name; nil when there is none.
    package init?(utf8 name: borrowing RawSpan) {
        guard (2...9).contains(name.byteCount), let field = Self.candidate(name),
            name.isSame(as: field.rawValue.utf8.raw)
        else { return nil }
        self = field
    }

    /// The one field whose name has this length and these letters, as far as they were looked at.
    private static func candidate(_ name: borrowing RawSpan) -> EventField? {
        switch (name.byteCount, name.byte(at: 0)) {
        case (2, _): .at
        case (3, _): .key
        case (4, UInt8(ascii: "r")): .room
        case (4, UInt8(ascii: "t")): .type
        case (4, UInt8(ascii: "d")): .data
        case (4, UInt8(ascii: "s")): .salt
        case (4, UInt8(ascii: "h")): .hash
        case (4, _): .leaf
        case (5, UInt8(ascii: "a")): .agent
        case (5, _): .clock
        case (6, UInt8(ascii: "n")): .number
        case (6, UInt8(ascii: "w")): .writer
        case (6, _): name.byte(at: 1) == UInt8(ascii: "a") ? .causes : .commit
        case (7, _): .subject
        case (8, UInt8(ascii: "p")): .position
        case (8, _): .received
        case (9, UInt8(ascii: "p")): .publicKey
        case (9, UInt8(ascii: "s")): .signature
        case (9, _): .forgotten
        default: nil
        }
    }
}
