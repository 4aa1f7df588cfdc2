package import Model

/// The kinds of events that change the field.
package enum FieldKind: String, Sendable, Hashable, CaseIterable {
    case breath = "BREATH"
    case phrase = "SACRED_PHRASE"
    case spiral = "SPIRAL"
    case bloom = "BLOOM"
    case touch = "TOUCH"
    case offlineSync = "OFFLINE_SYNC"
    case entanglement = "QUANTUM_ENTANGLEMENT"
    case roomJoin = "room64.join"
    case roomLeave = "room64.leave"
    case roomSync = "room64.sync"
    case roomBloom = "room64.bloom"

    package var type: EventType { EventType(unchecked: rawValue) }

    /// Whether only the room that the event names is changed by it.
    package var isOfRoom: Bool {
        switch self {
        case .roomJoin, .roomLeave, .roomSync, .roomBloom: true
        case .breath, .phrase, .spiral, .bloom, .touch, .offlineSync, .entanglement: false
        }
    }

    private static let byType = Dictionary(uniqueKeysWithValues: allCases.map { ($0.type, $0) })

    /// The kind of events of this type; nil when the field takes no notice of them.
    package init?(_ type: EventType) {
        guard let kind = Self.byType[type] else { return nil }
        self = kind
    }
}
