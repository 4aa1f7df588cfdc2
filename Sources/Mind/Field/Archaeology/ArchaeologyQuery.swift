package import Model

/// What archaeology looks at, and how much of it is listed.
package struct ArchaeologyQuery: Sendable, Hashable {
    package static let day: Int64 = 24 * 60 * 60 * 1000
    package static let listed = 50

    /// The devices' clocks, both ends included; with `devices` it decides what is counted.
    package var range: ClosedRange<Int64>
    /// Empty for all.
    package var devices: [AgentID] = []
    /// What is listed is this strong at least; of a pattern its average.
    package var minIntensity: Double?
    /// What is listed holds one of these texts; empty for all.
    package var phrases: [String] = []
    /// What is listed comes after this, for deep history.
    package var cursor: ArchaeologyCursor?
    package var limit = listed

    package init(range: ClosedRange<Int64>) { self.range = range }

    package var timeSpan: Int64 { range.upperBound - range.lowerBound }

    func lists(_ intensity: Double?) -> Bool { minIntensity.map { (intensity ?? 0) >= $0 } ?? true }

    func lists(phrase: String) -> Bool {
        phrases.isEmpty || phrases.contains { part in phrase.utf8.contains(part) }
    }

    /// Whether something is behind the cursor, in the order from new to old.
    func isBehind(_ at: Int64, _ position: Position) -> Bool {
        cursor.map { (at, position) < ($0.at, $0.position) } ?? true
    }
}

/// Where a list goes on: behind this time and position.
package struct ArchaeologyCursor: Sendable, Hashable {
    package let at: Int64
    package let position: Position

    package init(at: Int64, position: Position) {
        self.at = at
        self.position = position
    }
}

extension String.UTF8View {
    /// Whether a text stands in this one, byte by byte.
    fileprivate func contains(_ part: String) -> Bool {
        let part = Array(part.utf8)
        guard let first = part.first else { return true }
        let text = Array(self)
        guard text.count >= part.count else { return false }
        for start in 0...(text.count - part.count) where text[start] == first {
            if text[start..<(start + part.count)].elementsEqual(part) { return true }
        }
        return false
    }
}

/// How one kind of events came together.
package struct EmergencePattern: Sendable, Hashable {
    package let kind: FieldKind
    package let frequency: Int
    /// Of the events that say how strong they are; 0 when none does.
    package let avgIntensity: Double
    package let participatingDevices: Int
    /// The middle of the densest minute.
    package let peakTime: Int64
}

package struct EmergencePatterns: Sendable {
    package let patterns: [EmergencePattern]
    package let totalEvents: Int
    package let timeSpan: Int64
}

package struct MemoryTraces: Sendable {
    package let fragments: [Particle]
    package let totalMemories: Int
    package let crystallizedCount: Int
    /// Nil when nothing is behind the last one.
    package let next: ArchaeologyCursor?
}

/// How often a phrase was said.
package struct PhraseHistory: Sendable, Hashable {
    package let phrase: String
    package let count: Int
    package let devices: Int
    package let avgIntensity: Double
    package let firstSeen: Int64
    package let lastSeen: Int64
}

package struct SacredHistory: Sendable {
    package let phrases: [PhraseHistory]
    package let recent: [Particle]
    package let totalPhrases: Int
    package let uniquePhrases: Int
    package let timeSpan: Int64
    package let next: ArchaeologyCursor?
}

/// Something that came of many, or that somebody declared.
package struct Emergence: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case bloom = "BLOOM"
        case spiralConvergence = "SPIRAL_CONVERGENCE"
        case breathSynchronization = "BREATH_SYNCHRONIZATION"
        case memoryCrystallization = "MEMORY_CRYSTALLIZATION"
    }
    package enum Source: String, Sendable, Hashable { case declared, detected }

    /// The event that declared or completed it.
    package let position: Position
    package let kind: Kind
    package let source: Source
    /// Who declared it.
    package let device: String?
    package let intensity: Double
    package let participants: Int
    package let at: Int64
}

package struct Emergences: Sendable {
    package let events: [Emergence]
    package let totalEvents: Int
    package let timeSpan: Int64
    package let next: ArchaeologyCursor?
}
