package import Basics
package import Model

/// A phrase that somebody said, at a cell: an item of the field's working memory.
package struct Particle: Sendable, Hashable {
    package static let limit = 1_000

    package let position: Position
    package let cell: Cell
    package let intensity: Centi
    package let device: String
    package let phrase: String
    package let at: Int64

    /// Nil when the event makes none.
    package init?(_ event: FieldEvent) {
        guard case .phrase(let phrase, let intensity, let cell) = event.content else { return nil }
        position = event.position
        self.cell = cell ?? event.chosen
        self.intensity = intensity
        device = event.device.text
        self.phrase = phrase
        at = event.at
    }

    /// As the state shows it, in bytes.
    var json: [UInt8] {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.bytes
    }

    /// Whether it stays as a crystal.
    package var isCrystallized: Bool { intensity.hundredths > 70 }

    /// As the state shows it; `age` is that at its making, and `timestamp` tells the rest.
    package func write(into writer: inout JSONWriter) {
        writer.openObject()
        writer.field("id")
        writer.text(position.description)
        writer.field("x")
        writer.integer(Int64(cell.x))
        writer.field("y")
        writer.integer(Int64(cell.y))
        writer.field("intensity")
        writer.double(intensity.value)
        writer.field("age")
        writer.integer(0)
        writer.field("sourceDeviceId")
        writer.text(device)
        writer.field("sacredPhrase")
        writer.text(phrase)
        writer.field("phrase")
        writer.text(phrase)
        writer.field("timestamp")
        writer.integer(at)
        writer.closeObject()
    }
}
