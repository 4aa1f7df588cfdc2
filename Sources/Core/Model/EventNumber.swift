import Basics

/// An agent's own sequence number: 1 to 2⁵³ − 1, gaps allowed.
package struct EventNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    package static let range: ClosedRange<Int64> = 1...Limits.counter

    package let value: Int64

    /// Nil when the value is out of range.
    package init?(_ value: Int64) {
        guard Self.range.contains(value) else { return nil }
        self.value = value
    }

    package static func < (one: Self, other: Self) -> Bool { one.value < other.value }
    package var description: String { String(value) }
}
