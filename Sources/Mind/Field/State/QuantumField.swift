package import Basics
package import Model

/// What a touch or a spiral left on the 30 × 30 cells.
package struct QuantumField: Sendable, Hashable {
    package static let limit = 10

    package let position: Position
    package let intensity: Centi
    package let at: Int64
    private let center: Cell
    private let shape: Shape

    private enum Shape: Sendable, Hashable { case cell, spiral }

    /// Nil when the event makes none.
    package init?(_ event: FieldEvent) {
        switch event.content {
        case .touch(let intensity, let cell?):
            (self.intensity, center, shape) = (intensity, cell, .cell)
        case .spiral(let intensity, let cell):
            (self.intensity, center, shape) = (intensity, cell, .spiral)
        default: return nil
        }
        position = event.position
        at = event.at
    }

    /// The cell that it is of.
    package var cell: Cell { center }

    /// What the cells hold, row by row.
    package var values: [Double] {
        var cells = [Double](repeating: 0, count: Cell.count)
        switch shape {
        case .cell: cells[center.index] = intensity.value
        case .spiral:
            for arm in Self.arms {
                guard let cell = Cell(x: center.x + arm.x, y: center.y + arm.y) else { continue }
                let value = Double(intensity.hundredths * (5 - arm.radius)) / 500
                cells[cell.index] = max(cells[cell.index], value)
            }
        }
        return cells
    }

    private struct Arm {
        let x: Int
        let y: Int
        let radius: Int64
    }

    /// The nearest cells to r × (cos, sin) of each 30°, halves away from the center.
    private static let arms: [Arm] = {
        var arms: [Arm] = []
        for radius in 1...4 {
            // √3 ÷ 2 and 1 ÷ 2 of the radius, to the nearest cell.
            let long = (radius * 1732 + 1000) / 2000
            let short = (radius + 1) / 2
            let steps = [(radius, 0), (long, short), (short, long)]
            for (along, across) in steps {
                let quarters = [(along, across), (-across, along), (-along, -across), (across, -along)]
                for (x, y) in quarters { arms.append(Arm(x: x, y: y, radius: Int64(radius))) }
            }
        }
        return arms
    }()

    /// As the state shows it, in bytes.
    var json: [UInt8] {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.bytes
    }

    /// As the state shows it.
    package func write(into writer: inout JSONWriter) {
        let values = values
        writer.openObject()
        writer.field("id")
        writer.text(position.description)
        writer.field("fieldData")
        writer.openArray()
        for row in 0..<Cell.side {
            writer.openArray()
            for column in 0..<Cell.side { writer.double(values[row * Cell.side + column]) }
            writer.closeArray()
        }
        writer.closeArray()
        writer.field("collectiveIntensity")
        writer.double(intensity.value)
        writer.field("lastUpdate")
        writer.integer(at)
        writer.closeObject()
    }
}
