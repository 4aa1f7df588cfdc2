package import Model

/// The numbers of the field at one position.
package struct FieldNumbers: Sendable, Hashable {
    /// What they show; nil before the first event.
    package let position: Position?
    package let globalResonance: Double
    package let activeNodes: Int
    package let collectiveIntelligence: Double
    /// Whether a room has somebody in it.
    package var room64Active: Bool { activeRooms > 0 }
    package let activeRooms: Int
    /// When the field changed last; when the server began, before that.
    package let lastUpdate: Int64
    package let particles: Int
    package let quantumFields: Int
}

/// The state of the field as the doors show it, written once.
package struct PreparedState: Sendable {
    package let numbers: FieldNumbers
    /// `globalState`: nodeId, the numbers, memoryParticles and quantumFields.
    package let json: [UInt8]

    package var position: Position? { numbers.position }
}

/// The state of one node.
package struct NodeState: Sendable, Hashable {
    package let device: String
    package let globalResonance: Double
    package let collectiveIntelligence: Double
    package let room64Active: Bool
    package let lastUpdate: Int64
    package let lastSeen: Int64
    /// How many events of the field it said.
    package let events: Int64
}

/// Which moment is asked for.
package enum FieldMoment: Sendable, Hashable {
    /// What the view has now.
    case now
    /// As it was when this was the last event, but for what was forgotten since.
    case position(Position)
    /// As it was at this time, in received milliseconds.
    case time(Int64)
}
