package import Model

/// What a field event says: parsed, in range, rounded and free of markup.
package enum FieldContent: Sendable, Hashable {
    case breath(Centi?, phase: Double?)
    /// Without a cell the event's hash chooses one.
    case phrase(String, Centi, Cell?)
    case spiral(Centi, Cell)
    case bloom(Centi)
    case touch(Centi, Cell?)
    case offlineSync
    case entanglement(EntanglementForm)
    case roomJoin
    case roomLeave
    case roomSync(RoomSync)
    case roomBloom

    /// How strong it says to be; nil when it says nothing of it.
    package var intensity: Centi? {
        switch self {
        case .breath(let intensity, _): intensity
        case .phrase(_, let intensity, _), .spiral(let intensity, _), .bloom(let intensity), .touch(let intensity, _):
            intensity
        case .entanglement(let form): form.intensity
        case .roomBloom: .full
        case .offlineSync, .roomJoin, .roomLeave, .roomSync: nil
        }
    }
}

/// A number from 0 to 1 in hundredths, the nearest one, halves away from zero.
package struct Centi: Sendable, Hashable, Comparable {
    package static let full = Centi(hundredths: 100)
    package static let half = Centi(hundredths: 50)

    package let hundredths: Int64

    private init(hundredths: Int64) { self.hundredths = hundredths }

    /// Nil when the value is no number from 0 to 1.
    package init?(_ value: Double) {
        guard let intensity = Intensity(value) else { return nil }
        hundredths = Int64((intensity.value * 100).rounded())
    }

    package var value: Double { Double(hundredths) / 100 }

    package static func < (one: Self, other: Self) -> Bool { one.hundredths < other.hundredths }
}

/// Who is declared to be entangled with whom, and how.
package struct EntanglementForm: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case breathing = "BREATHING"
        case resonance = "RESONANCE"
        case phrase = "SACRED_PHRASE"
    }

    /// Nil when nobody was named.
    package let target: String?
    package let kind: Kind
    package let intensity: Centi
}

/// What a device adds to its room's state.
package struct RoomSync: Sendable, Hashable {
    /// Degrees, 0 to 360.
    package let phase: Double?
    /// Millionths.
    package let level: Int64?
    package let phrase: String?
}

/// Why the body of a field event has no effects.
package struct FieldRefusal: Error, Sendable, Hashable {
    /// Each bad field, by its JSON pointer into `data`.
    package let problems: [FieldProblem]
}
