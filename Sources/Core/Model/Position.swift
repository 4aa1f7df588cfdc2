/// A place in the ledger: 0 is the first event, and there are no gaps.
package struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Positions stay below this: six bytes of every nonce hold one.
    package static let limit: Int64 = 1 << 48

    package let index: Int64

    package init(_ index: Int64) {
        precondition(index >= 0 && index < Self.limit, "positions are 0 to 2^48 - 1")
        self.index = index
    }

    /// Nil when the index is out of range: for what comes from outside.
    package init?(checking index: Int64) {
        guard (0..<Self.limit).contains(index) else { return nil }
        self.index = index
    }

    package static func < (one: Self, other: Self) -> Bool { one.index < other.index }
    package var description: String { String(index) }
}
