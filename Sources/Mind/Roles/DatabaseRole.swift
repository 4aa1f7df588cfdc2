/// The part that a database plays in the mind.
package enum DatabaseRole: String, Sendable, Hashable, CaseIterable {
    case sensoryCortex = "SensoryCortex"
    case prefrontalCortex = "PrefrontalCortex"
    case longTermMemory = "LongTermMemory"
    case epistemicAuditor = "EpistemicAuditor"

    /// The question that it answers.
    package var question: String {
        switch self {
        case .sensoryCortex: "what is happening now"
        case .prefrontalCortex: "what it means"
        case .longTermMemory: "what happened"
        case .epistemicAuditor: "how am I doing"
        }
    }

    /// The engine that the vision names; each has an embedded stand-in.
    package var engine: String {
        switch self {
        case .sensoryCortex: "Qdrant"
        case .prefrontalCortex: "CozoDB"
        case .longTermMemory: "LanceDB"
        case .epistemicAuditor: "DuckDB"
        }
    }
}
