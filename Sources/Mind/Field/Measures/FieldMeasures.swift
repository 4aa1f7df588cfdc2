internal import Basics

/// A measured number with what it was measured on.
package struct Measure: Sendable, Hashable {
    package let value: Double
    /// How much it was measured on: agents, breaths, events.
    package let samples: Int
    /// Whether there was nothing to measure, so that the value is what one expects before any.
    package let isPrior: Bool

    /// What was measured; the prior when there were no samples.
    init(_ value: Double?, of samples: Int, prior: Double) {
        self.value = value ?? prior
        self.samples = samples
        isPrior = value == nil
    }
}

/// The measured numbers of the field, beside those that the contract fixes, each under its own name.
package struct FieldMeasures: Sendable {
    /// How alike agents are by what they write: the mean pairwise cosine of their profiles, about 0 for strangers.
    package let resonance: Measure
    /// How much the latest phases of those who breathe agree.
    package let coherence: Measure
    /// How often independent phases agree as much.
    package let coherenceChance: Double
    /// The share of recalls whose evidence another wrote.
    package let collectiveIntelligence: Measure
    /// How evenly agents take part: entropy of their shares in the newest events, 1 when all say the same amount.
    package let participation: Measure
    /// Bursts, convergences and the like that were found in the last hour, not declared.
    package let detected: Int
}

extension FieldMeasures {
    /// So many of the newest particles make the profiles.
    package static let particles = 200
    /// So many of the newest events are looked at.
    package static let events = 1_000

    /// `found` is what emerged in the last hour, `records` the newest events, newest first.
    init(_ particles: [Particle], _ records: [FieldRecord], _ found: [Emergence], now: Int64) {
        let profiles = AgentProfiles(particles.prefix(Self.particles))
        resonance = Measure(profiles.meanResonance, of: profiles.count, prior: 0.5)
        var phases: [Double] = []
        var breathing: Set<PhraseKey> = []
        for record in records where record.kind == .breath && record.at > now - FieldTotals.activity {
            guard case .breath(_, let phase?) = record.event(chosen: .origin).content,
                breathing.insert(PhraseKey(text: record.device)).inserted
            else { continue }
            phases.append(phase)
        }
        let order = PhaseOrder(phases)
        coherence = Measure(phases.isEmpty ? nil : order.coherence, of: phases.count, prior: 0.5)
        coherenceChance = order.chance
        // Nothing recalls yet.
        collectiveIntelligence = Measure(nil, of: 0, prior: 0.3)
        var shares = ByteCounts()
        for record in records { shares.add(record.device) }
        let evenness = Self.evenness(shares.entries.map(\.count))
        participation = Measure(evenness, of: records.count, prior: 0.5)
        detected = found.count { $0.source == .detected }
    }

    /// The entropy of shares, relative to the largest; nil for less than two.
    package static func evenness(_ counts: [Int]) -> Double? {
        let counts = counts.filter { $0 > 0 }
        guard counts.count > 1 else { return nil }
        let total = Double(counts.reduce(0, +))
        var entropy = 0.0
        for count in counts {
            let share = Double(count) / total
            entropy -= share * Elementary.log(share)
        }
        return min(1, entropy / Elementary.log(Double(counts.count)))
    }
}
