package import Model

/// Two devices, or a device and the collective, declared to be one.
package struct Entanglement: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable { case active, dormant, severed }

    package let position: Position
    package let source: String
    /// Nil when nobody was named.
    package let target: String?
    package let kind: EntanglementForm.Kind
    package let intensity: Centi
    package let established: Int64
    package let status: Status

    /// What it is called: its position.
    package var id: String { position.description }

    /// Nil when the event declares none.
    package init?(_ event: FieldEvent) {
        guard case .entanglement(let form) = event.content else { return nil }
        position = event.position
        source = event.device.text
        target = form.target
        kind = form.kind
        intensity = form.intensity
        established = event.at
        status = .active
    }
}
