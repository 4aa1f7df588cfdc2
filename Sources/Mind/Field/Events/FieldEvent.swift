internal import Basics
package import Model

/// An event that the field takes notice of, with what it does; its body is there.
package struct FieldEvent: Sendable, Hashable {
    package let position: Position
    package let kind: FieldKind
    /// Who says it.
    package let device: AgentID
    /// Whose data it is.
    package let subject: SubjectID
    package let room: RoomID?
    /// The device's clock, or when it was received.
    package let at: Int64
    /// When it was received.
    package let received: Int64
    /// The cell of a phrase that names none.
    package let chosen: Cell
    /// Nil when the body is not what such an event says: then it has no effects.
    package let content: FieldContent?
}

extension FieldEvent {
    /// Nil when the field takes no notice of the event, or its body was forgotten.
    package init?(_ event: StoredEvent) {
        guard let kind = FieldKind(event.head.type), let body = event.body else { return nil }
        self.init(kind, event.head, body, hash: event.hash)
    }

    init(_ kind: FieldKind, _ head: EventHead, _ body: Body, hash: ContentHash) {
        position = head.position
        self.kind = kind
        device = head.agent
        subject = head.owner
        room = head.room
        at = head.at ?? head.received.milliseconds
        received = head.received.milliseconds
        chosen = Cell.chosen(by: hash)
        // What happens in a room needs one.
        content = kind.isOfRoom && head.room == nil ? nil : try? FieldContent.read(kind, body, by: head.agent)
    }

    /// What it adds to resonance and intelligence.
    package var share: Share { content.map { Share(kind, $0.intensity) } ?? .zero }
}

extension Share {
    /// What an event of a kind adds that is what such an event says.
    init(_ kind: FieldKind, _ intensity: Centi?) {
        self.init()
        switch kind {
        case .touch, .breath: resonance = intensity?.hundredths ?? 0
        case .bloom: (resonance, intelligence) = (200, 100)
        case .entanglement: intelligence = intensity?.hundredths ?? 0
        case .roomBloom: (resonance, intelligence) = (300, 200)
        case .phrase, .spiral, .offlineSync, .roomJoin, .roomLeave, .roomSync: break
        }
    }
}

extension Cell {
    /// A cell that a hash chooses: its first eight bytes, as a number, modulo the cells.
    static func chosen(by hash: ContentHash) -> Cell {
        let place = Int(hash.bytes.raw.bigEndian(at: 0, as: UInt64.self) % UInt64(Cell.count))
        return Cell(place: place)
    }

    /// The cell with this `index`, which must be below the number of cells.
    init(place: Int) {
        guard let cell = Cell(x: place % Cell.side, y: place / Cell.side) else {
            preconditionFailure("a place below the number of cells is a cell")
        }
        self = cell
    }
}
