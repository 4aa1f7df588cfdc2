import Basics

/// Hybrid logical time: the milliseconds of a clock, and a counter for when that clock stood still or went back.
package struct HybridTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    package static let zero = HybridTime(milliseconds: 0, counter: 0)

    /// Milliseconds since 1970, 0 to 2⁵³ − 1.
    package let milliseconds: Int64
    package let counter: UInt32

    package init(milliseconds: Int64, counter: UInt32) {
        precondition(Self.holds(milliseconds), "hybrid time runs from 0 to 2^53 - 1 milliseconds")
        self.milliseconds = milliseconds
        self.counter = counter
    }

    /// Nil when one of the two is out of range.
    package init?(checking milliseconds: Int64, counter: Int64) {
        guard Self.holds(milliseconds), let counter = UInt32(exactly: counter) else { return nil }
        self.milliseconds = milliseconds
        self.counter = counter
    }

    /// The time of what happens next, when the clock says `now`: after this one, whatever the clock says.
    package func next(now: Int64) -> HybridTime {
        let now = min(now, Limits.counter)
        if now > milliseconds { return HybridTime(milliseconds: now, counter: 0) }
        if counter < .max { return HybridTime(milliseconds: milliseconds, counter: counter + 1) }
        return HybridTime(milliseconds: milliseconds + 1, counter: 0)
    }

    /// The time of a receipt: after this one and after `other`, and no earlier than `now`.
    package func next(now: Int64, after other: HybridTime) -> HybridTime { max(self, other).next(now: now) }

    package static func < (one: Self, other: Self) -> Bool {
        (one.milliseconds, one.counter) < (other.milliseconds, other.counter)
    }

    package var description: String { "\(milliseconds).\(counter)" }

    private static func holds(_ milliseconds: Int64) -> Bool { (0...Limits.counter).contains(milliseconds) }
}
