/// One of the 30 × 30 cells of the field.
package struct Cell: Sendable, Hashable, CustomStringConvertible {
    package static let side = 30
    package static let count = side * side

    package let x: Int
    package let y: Int

    /// Nil when a coordinate is outside 0..<30.
    package init?(x: Int, y: Int) {
        guard (0..<Self.side).contains(x), (0..<Self.side).contains(y) else { return nil }
        self.x = x
        self.y = y
    }

    /// The cell that a point is in: its coordinates floored.
    ///
    /// Nil when one is outside 0 ≤ n < 30.
    package init?(x: Double, y: Double) {
        let side = Double(Self.side)
        guard x >= 0, x < side, y >= 0, y < side else { return nil }
        self.x = Int(x)
        self.y = Int(y)
    }

    /// The cell under a pixel: ten pixels to a cell, clamped to the field.
    ///
    /// Nil when a coordinate is no finite number.
    package init?(pixelX: Double, pixelY: Double) {
        guard pixelX.isFinite, pixelY.isFinite else { return nil }
        let last = Double(Self.side - 1)
        x = Int(min(max((pixelX / 10).rounded(.down), 0), last))
        y = Int(min(max((pixelY / 10).rounded(.down), 0), last))
    }

    /// The place of the cell, row by row: y × 30 + x.
    package var index: Int { y * Self.side + x }

    package var description: String { "(\(x), \(y))" }
}
