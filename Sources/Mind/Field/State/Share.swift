/// What events add to resonance and intelligence, in thousandths.
///
/// Sums are exact and know no order, and the caps are applied when they are read: additions that are never negative
/// reach the cap or not, whatever their order. So what was forgotten is subtracted, and a rebuild agrees.
package struct Share: Sendable, Hashable {
    package static let zero = Share()

    package var resonance: Int64 = 0
    package var intelligence: Int64 = 0

    package init() {}

    package init(resonance: Int64, intelligence: Int64) {
        self.resonance = resonance
        self.intelligence = intelligence
    }

    package static func + (one: Self, other: Self) -> Self {
        Self(resonance: one.resonance + other.resonance, intelligence: one.intelligence + other.intelligence)
    }

    package static func - (one: Self, other: Self) -> Self {
        Self(resonance: one.resonance - other.resonance, intelligence: one.intelligence - other.intelligence)
    }

    package static func += (one: inout Self, other: Self) { one = one + other }
    package static func -= (one: inout Self, other: Self) { one = one - other }

    /// What is shown: from the prior, 0.5, up to 1.
    package var globalResonance: Double { Double(min(1000, 500 + resonance)) / 1000 }
    /// What is shown: from the prior, 0.3, up to 1.
    package var collectiveIntelligence: Double { Double(min(1000, 300 + intelligence)) / 1000 }
}
