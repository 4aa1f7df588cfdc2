package import Basics

/// What decides between two writes that had not seen each other: the larger standing wins.
///
/// First the love resonance that the agent had when it wrote, then the later `at`, then the larger hash of agent,
/// type, `at` and data. All three are frozen in the write, so that the order of arrival decides nothing; no two
/// writes of different agents stand alike.
package struct Standing: Sendable, Hashable, Comparable {
    /// Computed by the fold from the confirmations below the write; see `LoveResonance`.
    package let resonance: Double
    /// The agent's clock, in milliseconds since 1970.
    package let at: Int64
    /// SHA-256 of `Standing.content`.
    package let hash: ContentHash

    /// By which of the three one write beat another.
    package enum Rule: String, Sendable, Hashable, CaseIterable { case resonance, clock, hash }

    package init(resonance: Double, at: Int64, hash: ContentHash) {
        self.resonance = resonance
        self.at = at
        self.hash = hash
    }

    package static func < (one: Self, other: Self) -> Bool {
        if one.resonance != other.resonance { return one.resonance < other.resonance }
        if one.at != other.at { return one.at < other.at }
        return one.hash.bytes.lexicographicallyPrecedes(other.hash.bytes)
    }

    /// What tells these two apart.
    package func rule(against other: Standing) -> Rule {
        if resonance != other.resonance { return .resonance }
        return at == other.at ? .hash : .clock
    }
}
