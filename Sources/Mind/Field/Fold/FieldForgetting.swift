internal import Basics
internal import Model
internal import Ports

/// Takes back what the bodies of one subject did, so that the rows are those of a ledger that never had them.
///
/// Costs as much as the subject's events, the later checkpoints, and the rooms that it was in.
struct FieldForgetting {
    private let subject: SubjectID
    private let rows: any RowsTransaction
    private var totals: FieldTotals
    /// What left, by position.
    private var shares: [(position: Position, share: Share, activeRooms: Int64)] = []
    /// What each device loses, in the order of the first loss.
    private var losses: [(device: AgentID, loss: Loss)] = []
    private var places: [AgentID: Int] = [:]
    private var losesParticles = false
    private var losesFields = false

    private struct Loss {
        var events: Int64 = 0
        var share = Share.zero
        var rooms: Int64 = 0
    }

    init(_ subject: SubjectID, in rows: any RowsTransaction) throws(StoreError) {
        self.subject = subject
        self.rows = rows
        totals = try rows.fieldTotals()
    }

    mutating func run() throws(StoreError) {
        for position in try positions() { try forget(position) }
        try forgetRooms()
        guard !shares.isEmpty else { return }
        try keepCheckpoints()
        for (device, loss) in losses { try keep(loss, of: device) }
        try keepGlobal()
    }

    // MARK: Events

    /// Where its events are, in order: what its device said of itself, and what others said about it.
    private func positions() throws(StoreError) -> [Int64] {
        let about = Scan(FieldTables.foreign, prefix: [.text(subject.text)])
        var positions = try rows.rows(about).compactMap { $0[1].integer }
        let others = Scan(FieldTables.foreign, by: ["device", "position"], prefix: [.text(subject.text)])
        let aboutOthers = Set(try rows.rows(others).compactMap { $0[1].integer })
        let own = Scan(FieldTables.events, by: ["device_id"], prefix: [.text(subject.text)])
        try rows.scan(own) { row throws(StoreError) in
            if let position = row[0].integer, !aboutOthers.contains(position) { positions.append(position) }
            return .next
        }
        return positions.sorted()
    }

    private mutating func forget(_ index: Int64) throws(StoreError) {
        let key: RowKey = [.integer(index)]
        guard let row = try rows.get(key, in: FieldTables.events) else { throw .badRow(FieldTables.foreign) }
        let record = try FieldRecord(row)
        let device = AgentID(unchecked: record.device)
        let share = record.share
        shares.append((record.position, share, 0))
        if device != .unknown {
            lose(device) { loss in
                loss.events += 1
                loss.share += share
            }
        }
        try rows.delete(key, from: FieldTables.events)
        try rows.delete([.text(subject.text), .integer(index)], from: FieldTables.foreign)
        guard record.processed else { return }
        switch record.kind {
        case .phrase:
            losesParticles = true
            try rows.delete(key, from: FieldTables.cells)
        case .touch, .spiral: losesFields = true
        case .entanglement: try rows.delete([.integer(index + 1)], from: FieldTables.entanglements)
        case .breath, .bloom, .offlineSync, .roomJoin, .roomLeave, .roomSync, .roomBloom: break
        }
    }

    private mutating func lose(_ device: AgentID, _ body: (inout Loss) -> Void) {
        if let place = places[device] {
            body(&losses[place].loss)
        } else {
            var loss = Loss()
            body(&loss)
            places[device] = losses.count
            losses.append((device, loss))
        }
    }

    // MARK: Rooms

    /// Makes each room again that the subject had a part in.
    private mutating func forgetRooms() throws(StoreError) {
        let own = try rows.rows(Scan(FieldTables.roomEvents, by: ["subject"], prefix: [.text(subject.text)]))
        var names: [String] = []
        var known: Set<RoomID> = []
        for row in own {
            guard let name = row[1].text else { throw .badRow(FieldTables.roomEvents) }
            if known.insert(RoomID(unchecked: name)).inserted { names.append(name) }
        }
        for name in names { try forget(in: RoomID(unchecked: name)) }
    }

    private mutating func forget(in id: RoomID) throws(StoreError) {
        guard let former = try rows.room(id) else { throw .badRow(FieldTables.rooms) }
        try rows.delete([.integer(former.first.index + 1)], from: FieldTables.rooms)
        for participant in former.present {
            lose(AgentID(unchecked: participant.device)) { $0.rooms += 1 }
        }
        var fold = FieldState()
        for row in try rows.rows(Scan(FieldTables.roomEvents, by: ["room"], prefix: [.text(id.text)])) {
            let event = try FieldEvent(roomRow: row)
            let before = row[9].integer ?? 0
            guard event.subject != subject else {
                if before != 0 { shares.append((event.position, .zero, before)) }
                try rows.delete([row[0]], from: FieldTables.roomEvents)
                continue
            }
            guard case .room(_, let change) = fold.step(event), change != before else { continue }
            shares.append((event.position, .zero, before - change))
            try rows.put(event.roomRow(id, activeRooms: change), in: FieldTables.roomEvents)
        }
        guard let room = fold.rooms[id] else { return }
        for participant in room.present {
            lose(AgentID(unchecked: participant.device)) { $0.rooms -= 1 }
        }
        try rows.put(room.row, in: FieldTables.rooms)
    }

    // MARK: Sums

    private mutating func keepCheckpoints() throws(StoreError) {
        shares.sort { $0.position < $1.position }
        guard let first = shares.first?.position else { return }
        var scan = Scan(FieldTables.checkpoints)
        scan.from = .including(.integer(first.index))
        var lost = Share.zero
        var lostRooms: Int64 = 0
        var next = 0
        for row in try rows.rows(scan) {
            var checkpoint = try Checkpoint(row)
            while next < shares.count, shares[next].position <= checkpoint.position {
                lost += shares[next].share
                lostRooms += shares[next].activeRooms
                next += 1
            }
            checkpoint.share -= lost
            checkpoint.activeRooms -= lostRooms
            try rows.put(checkpoint.row, in: FieldTables.checkpoints)
        }
        for share in shares {
            totals.share -= share.share
            totals.activeRooms -= share.activeRooms
        }
    }

    private func keep(_ loss: Loss, of device: AgentID) throws(StoreError) {
        guard device != .unknown else { return }
        guard let row = try rows.get([.text(device.text)], in: FieldTables.nodes) else {
            throw .badRow(FieldTables.nodes)
        }
        var node = try FieldNode(row)
        node.events -= loss.events
        node.share -= loss.share
        node.rooms -= loss.rooms
        try rows.put(node.row(device), in: FieldTables.nodes)
        if node.events > 0 {
            try rows.put(node.stateRow(device), in: FieldTables.states)
        } else {
            try rows.delete([.integer(node.stateID)], from: FieldTables.states)
        }
    }

    private mutating func keepGlobal() throws(StoreError) {
        let row = try rows.get([.integer(GlobalRow.id)], in: FieldTables.states)
        var global = try GlobalRow(row, totals)
        if losesParticles {
            let particles = try rows.particles(before: Position.limit, Particle.limit)
            global.particles = NewestList(limit: Particle.limit)
            global.particles.add(particles.reversed().map(\.json))
            totals.particles = particles.count
        }
        if losesFields {
            let fields = try rows.quantumFields(before: Position.limit, QuantumField.limit)
            global.fields = NewestList(limit: QuantumField.limit)
            global.fields.add(fields.reversed().map(\.json))
            totals.fields = fields.count
        }
        // The row is as of the last event of the field, these totals of the last of all.
        var shown = totals
        if let active = row?[3].integer { shown.activeNodes = active }
        global.totals = shown
        try rows.put(global.row, in: FieldTables.states)
        try rows.put(totals.row, in: FieldTables.totals)
    }
}
