/// How strong something is, from 0 to 1.
package struct Intensity: Sendable, Hashable, Comparable {
    package static let zero = Intensity(unchecked: 0)
    package static let full = Intensity(unchecked: 1)

    package let value: Double

    /// Nil when the value is no number from 0 to 1.
    package init?(_ value: Double) {
        guard (0...1).contains(value) else { return nil }
        // −0 is 0, so that equal values have equal bits.
        self.value = value + 0
    }

    /// The nearest intensity; NaN is zero.
    package init(clamping value: Double) {
        self.value = value > 0 ? min(value, 1) : 0
    }

    private init(unchecked value: Double) { self.value = value }

    /// The nearest hundredth, halves away from zero.
    package var rounded: Intensity { Intensity(unchecked: (value * 100).rounded() / 100) }

    package static func < (one: Self, other: Self) -> Bool { one.value < other.value }
}
