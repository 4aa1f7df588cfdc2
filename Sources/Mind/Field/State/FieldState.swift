internal import Basics
package import Model

/// The field as a pure fold: steps over events one by one, and holds what they changed.
///
/// No clock, no order of a hash table, no libm: the same events give the same bits everywhere. A step costs O(1), one
/// in a room O(its participants). Rooms must be there before they are stepped into: an unknown one is new. Nodes hold
/// what was added since the state was made; whoever keeps them adds that to what is known.
package struct FieldState: Sendable {
    package var totals: FieldTotals
    /// Rooms that are known, by their names.
    package private(set) var rooms: [RoomID: Room] = [:]
    /// Rooms that steps changed, in the order of the first change.
    package private(set) var changedRooms: [RoomID] = []
    private var isChanged: Set<RoomID> = []
    /// What each node added, in the order of the first event.
    package private(set) var nodes: [(device: AgentID, node: FieldNode)] = []
    private var places: [AgentID: Int] = [:]
    /// Items made since, the newest last, as many as a list holds.
    package private(set) var particles: [Particle] = []
    package private(set) var fields: [QuantumField] = []

    package init(_ totals: FieldTotals = FieldTotals()) { self.totals = totals }

    /// Makes a room known.
    package mutating func know(_ room: Room) { rooms[room.id] = room }

    package func node(_ device: AgentID) -> FieldNode? { places[device].map { nodes[$0].node } }

    /// What a step did, beyond the totals.
    package enum Effect: Sendable {
        case none
        case particle(Particle)
        case field(QuantumField)
        case entanglement(Entanglement)
        /// By how much rooms with somebody in them became more.
        case room(RoomID, activeRooms: Int64)
    }

    /// Whoever says something is seen, but Prima itself and who does not know its name yet.
    package mutating func see(_ head: EventHead) {
        totals.received = head.received.milliseconds
        let kind = FieldKind(head.type)
        if kind != nil { totals.lastUpdate = totals.received }
        if head.agent.isReserved, head.type == .forget { totals.forgets += 1 }
        guard !head.agent.isReserved, head.agent != .unknown else { return }
        change(head.agent, at: head.position) { node, received in
            node.lastSeen = received
            if kind != nil { node.lastUpdate = received }
        }
    }

    /// What an event does to the field; it was seen before.
    package mutating func step(_ event: FieldEvent) -> Effect {
        let share = event.share
        totals.share += share
        if event.device != .unknown {
            change(event.device, at: event.position) { node, _ in
                node.events += 1
                node.share += share
            }
        }
        if let particle = Particle(event) {
            totals.particles = min(Particle.limit, totals.particles + 1)
            Self.keep(particle, in: &particles, Particle.limit)
            return .particle(particle)
        }
        if let field = QuantumField(event) {
            totals.fields = min(QuantumField.limit, totals.fields + 1)
            Self.keep(field, in: &fields, QuantumField.limit)
            return .field(field)
        }
        if let entanglement = Entanglement(event) { return .entanglement(entanglement) }
        if event.content != nil, let id = event.room, event.kind.isOfRoom { return step(event, in: id) }
        return .none
    }

    private mutating func step(_ event: FieldEvent, in id: RoomID) -> Effect {
        var room = rooms.removeValue(forKey: id) ?? Room(event, id)
        let wasActive = room.isActive
        let wasPresent = room.isPresent(event.device)
        room.step(event)
        let isPresent = room.isPresent(event.device)
        if isPresent != wasPresent, event.device != .unknown {
            change(event.device, at: event.position) { node, _ in node.rooms += isPresent ? 1 : -1 }
        }
        let change: Int64 = room.isActive == wasActive ? 0 : room.isActive ? 1 : -1
        totals.activeRooms += change
        rooms[id] = room
        if isChanged.insert(id).inserted { changedRooms.append(id) }
        return .room(id, activeRooms: change)
    }

    private mutating func change(
        _ device: AgentID,
        at position: Position,
        _ body: (inout FieldNode, _ received: Int64) -> Void
    ) {
        let received = totals.received
        if let place = places[device] {
            body(&nodes[place].node, received)
        } else {
            var node = FieldNode(first: position, lastSeen: received)
            body(&node, received)
            places[device] = nodes.count
            nodes.append((device, node))
        }
    }

    /// Drops what is too much now and then, so that a step costs little.
    private static func keep<Item>(_ item: Item, in items: inout [Item], _ limit: Int) {
        items.append(item)
        if items.count >= 2 * limit { items.removeFirst(items.count - limit) }
    }
}

extension AgentID {
    /// What the app calls its device before it knows: it is no node.
    package static let unknown = AgentID(unchecked: "unknown")
}
