internal import Basics
internal import Model
internal import Ports

/// Folds a run of events into the tables: steps the pure state, and keeps what it changed.
struct FieldPage {
    /// What a run may touch.
    enum Matter {
        case field
        /// Only who was seen: no event of the run is the field's.
        case presence
    }

    private let matter: Matter
    private let rows: any RowsTransaction
    private let former: FieldTotals
    private var state: FieldState

    init(_ matter: Matter, in rows: any RowsTransaction) throws(StoreError) {
        self.matter = matter
        self.rows = rows
        former = try rows.fieldTotals()
        state = FieldState(former)
    }

    // MARK: Events

    mutating func step(_ event: StoredEvent) throws(StoreError) {
        state.see(event.head)
        if let body = event.body, let field = FieldEvent(event) { try step(field, body) }
        if Checkpoint.isDue(after: event.position) {
            try rows.put(Checkpoint(event.position, state.totals).row, in: FieldTables.checkpoints)
        }
    }

    private mutating func step(_ event: FieldEvent, _ body: Body) throws(StoreError) {
        try rows.put(event.row(body), in: FieldTables.events)
        if !event.subject.text.hasSameBytes(as: event.device.text) {
            try rows.put(event.foreignRow, in: FieldTables.foreign)
        }
        if event.kind.isOfRoom, let id = event.room, state.rooms[id] == nil, let room = try rows.room(id) {
            state.know(room)
        }
        switch state.step(event) {
        case .none, .field: break
        case .particle(let particle):
            guard case .phrase(_, _, nil) = event.content else { break }
            try rows.put([.integer(event.position.index), .integer(Int64(particle.cell.index))], in: FieldTables.cells)
        case .entanglement(let entanglement): try rows.put(entanglement.row, in: FieldTables.entanglements)
        case .room(let id, let change):
            try rows.put(event.roomRow(id, activeRooms: change), in: FieldTables.roomEvents)
        }
    }

    // MARK: The end

    mutating func finish() throws(StoreError) {
        try keepNodes()
        for id in state.changedRooms {
            if let room = state.rooms[id] { try rows.put(room.row, in: FieldTables.rooms) }
        }
        if matter == .field {
            var global = try GlobalRow(try rows.get([.integer(GlobalRow.id)], in: FieldTables.states), former)
            global.totals = state.totals
            global.particles.add(state.particles.suffix(Particle.limit).map(\.json))
            global.fields.add(state.fields.suffix(QuantumField.limit).map(\.json))
            try rows.put(global.row, in: FieldTables.states)
        }
        try rows.put(state.totals.row, in: FieldTables.totals)
    }

    /// Adds what each node did to what is known of it, and counts who is active at the end.
    private mutating func keepNodes() throws(StoreError) {
        let keys = state.nodes.map { RowKey([.text($0.device.text)]) }
        let known = try rows.get(keys, in: FieldTables.nodes)
        let start = former.received - FieldTotals.activity
        let end = state.totals.received - FieldTotals.activity
        for ((device, added), row) in zip(state.nodes, known) {
            let node: FieldNode
            if let row {
                let before = try FieldNode(row)
                if before.lastSeen > start { state.totals.activeNodes -= 1 }
                node = before.adding(added)
            } else {
                node = added
            }
            if node.lastSeen > end { state.totals.activeNodes += 1 }
            try rows.put(node.row(device), in: FieldTables.nodes)
            if added.events > 0 || (added.lastUpdate > 0 && node.events > 0) {
                try rows.put(node.stateRow(device), in: FieldTables.states)
            }
        }
        try dropInactive(from: start, to: end)
    }

    /// Nodes that were active before and said nothing since leave one after the other, as they came.
    private mutating func dropInactive(from start: Int64, to end: Int64) throws(StoreError) {
        guard former.received > 0, end > start else { return }
        var scan = Scan(FieldTables.nodes, by: ["last_seen"])
        scan.from = .excluding(.integer(start))
        scan.to = .including(.integer(end))
        var gone: Int64 = 0
        try rows.scan(scan) { row throws(StoreError) in
            guard let device = row[0].text else { throw .badRow(FieldTables.nodes) }
            if state.node(AgentID(unchecked: device)) == nil { gone += 1 }
            return .next
        }
        state.totals.activeNodes -= gone
    }
}

extension FieldNode {
    /// What is known of a node after it added this.
    func adding(_ added: FieldNode) -> FieldNode {
        var node = self
        node.lastSeen = added.lastSeen
        node.lastUpdate = max(lastUpdate, added.lastUpdate)
        node.events += added.events
        node.share += added.share
        node.rooms += added.rooms
        return node
    }
}

extension FieldEvent {
    var foreignRow: Row { [.text(subject.text), .integer(position.index), .text(device.text)] }
}

extension RowsSnapshot {
    func fieldTotals() throws(StoreError) -> FieldTotals {
        guard let row = try get(FieldTotals.key, in: FieldTables.totals) else { return FieldTotals() }
        return try FieldTotals(row)
    }

    /// The room of this name; nil when nothing happened in it.
    func room(_ id: RoomID) throws(StoreError) -> Room? {
        var scan = Scan(FieldTables.rooms, by: ["room_id"], prefix: [.text(id.text)])
        scan.limit = 1
        guard let row = try rows(scan).first else { return nil }
        return try Room(row)
    }
}
