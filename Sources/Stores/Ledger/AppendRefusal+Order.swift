internal import Ports

extension AppendRefusal {
    /// The classes of refusals, in the order in which they are checked: a batch is refused by its first one.
    enum Rank: Int, Comparable {
        /// The event is wrong in itself (422).
        case invalid
        /// Its number or key is another event's (409).
        case conflict
        /// Its agent has a key, and this is not signed by it (403).
        case forbidden

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    var rank: Rank {
        switch reason {
        case .badSignature, .causeAhead, .unknown: .invalid
        case .numberReused, .keyReused, .numberAndKeyDisagree: .conflict
        case .agentHasKey: .forbidden
        }
    }

    /// Those of the first class that any of these is in: what a refused batch answers.
    static func ofFirstRank(_ refusals: [AppendRefusal]) -> [AppendRefusal] {
        guard let first = refusals.map(\.rank).min() else { return [] }
        return refusals.filter { $0.rank == first }
    }
}
