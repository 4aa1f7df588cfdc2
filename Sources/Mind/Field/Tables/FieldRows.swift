internal import Basics
internal import Model
internal import Ports

// How the parts of the field stand in their tables.

extension StoreError {
    static func badRow(_ table: Table) -> StoreError {
        StoreError(.corrupt, in: "read a row of the field", context: table.name)
    }
}

extension FieldTotals {
    static let key: RowKey = [.integer(1)]

    var row: Row {
        [
            .integer(1), .integer(share.resonance), .integer(share.intelligence), .integer(activeRooms),
            .integer(lastUpdate), .integer(received), .integer(activeNodes), .integer(Int64(particles)),
            .integer(Int64(fields)), .integer(forgets),
        ]
    }

    init(_ row: Row) throws(StoreError) {
        let numbers = row.compactMap(\.integer)
        guard numbers.count == 10 else { throw .badRow(FieldTables.totals) }
        share = Share(resonance: numbers[1], intelligence: numbers[2])
        activeRooms = numbers[3]
        lastUpdate = numbers[4]
        received = numbers[5]
        activeNodes = numbers[6]
        particles = Int(numbers[7])
        fields = Int(numbers[8])
        forgets = numbers[9]
    }
}

extension FieldNode {
    /// The number of a node's row in `consciousness_states`; 1 is that of the whole field.
    var stateID: Int64 { first.index + 2 }

    func row(_ device: AgentID) -> Row {
        [
            .text(device.text), .integer(first.index), .integer(lastSeen), .integer(lastUpdate), .integer(events),
            .integer(share.resonance), .integer(share.intelligence), .integer(rooms),
        ]
    }

    init(_ row: Row) throws(StoreError) {
        let numbers = row.compactMap(\.integer)
        guard numbers.count == 7, let first = Position(checking: numbers[0]) else { throw .badRow(FieldTables.nodes) }
        self.first = first
        lastSeen = numbers[1]
        lastUpdate = numbers[2]
        events = numbers[3]
        share = Share(resonance: numbers[4], intelligence: numbers[5])
        rooms = numbers[6]
    }

    /// What `consciousness_states` shows of it.
    ///
    /// The lists are those of the whole field; a node's own particles are found among its events.
    func stateRow(_ device: AgentID) -> Row {
        [
            .integer(stateID), .text(device.text), .real(share.globalResonance), .integer(1), .text("[]"), .text("[]"),
            .real(share.collectiveIntelligence), .integer(rooms > 0 ? 1 : 0), .integer(lastUpdate),
        ]
    }
}

/// What `consciousness_states` shows of the whole field.
struct GlobalRow {
    static let id: Int64 = 1
    static let nodeID = "global"

    var totals: FieldTotals
    var particles: NewestList
    var fields: NewestList

    init(_ totals: FieldTotals) {
        self.totals = totals
        particles = NewestList(limit: Particle.limit)
        fields = NewestList(limit: QuantumField.limit)
    }

    init(_ row: Row?, _ totals: FieldTotals) throws(StoreError) {
        self.init(totals)
        guard let row else { return }
        guard row.count == 9, let particles = row[4].text, let fields = row[5].text else {
            throw .badRow(FieldTables.states)
        }
        self.particles = NewestList(Array(particles.utf8), count: totals.particles, limit: Particle.limit)
        self.fields = NewestList(Array(fields.utf8), count: totals.fields, limit: QuantumField.limit)
    }

    var row: Row {
        [
            .integer(Self.id), .text(Self.nodeID), .real(totals.share.globalResonance), .integer(totals.activeNodes),
            .text(String(decoding: particles.json, as: UTF8.self)), .text(String(decoding: fields.json, as: UTF8.self)),
            .real(totals.share.collectiveIntelligence), .integer(totals.activeRooms > 0 ? 1 : 0),
            .integer(totals.lastUpdate),
        ]
    }
}

extension FieldEvent {
    /// What `consciousness_events` holds of it.
    func row(_ body: Body) -> Row {
        [
            .integer(position.index), .text(device.text), .text(kind.rawValue), .text(FieldData.json(body)),
            .integer(at), .integer(content == nil ? 0 : 1), content?.intensity.map { .real($0.value) } ?? .null,
        ]
    }

    /// What `field_room_events` holds of it.
    func roomRow(_ room: RoomID, activeRooms: Int64) -> Row {
        var sync = RoomSync(phase: nil, level: nil, phrase: nil)
        if case .roomSync(let said) = content { sync = said }
        return [
            .integer(position.index), .text(room.text), .text(device.text), .text(subject.text), .text(kind.rawValue),
            .integer(at), sync.phase.map { .real($0) } ?? .null, sync.level.map { .integer($0) } ?? .null,
            sync.phrase.map { .text($0) } ?? .null, .integer(activeRooms),
        ]
    }

    /// Reads a row of `field_room_events`: enough of the event to step a room.
    init(roomRow row: Row) throws(StoreError) {
        guard row.count == 10, let index = row[0].integer, let position = Position(checking: index),
            let room = row[1].text, let device = row[2].text, let subject = row[3].text,
            let kind = row[4].text.flatMap({ FieldKind(rawValue: $0) }), let at = row[5].integer
        else { throw .badRow(FieldTables.roomEvents) }
        let content: FieldContent? =
            switch kind {
            case .roomJoin: .roomJoin
            case .roomLeave: .roomLeave
            case .roomSync: .roomSync(RoomSync(phase: row[6].real, level: row[7].integer, phrase: row[8].text))
            case .roomBloom: .roomBloom
            default: nil
            }
        guard let content else { throw .badRow(FieldTables.roomEvents) }
        self.init(
            position: position,
            kind: kind,
            device: AgentID(unchecked: device),
            subject: SubjectID(unchecked: subject),
            room: RoomID(unchecked: room),
            at: at,
            received: at,
            chosen: .origin,
            content: content
        )
    }
}

extension Cell {
    /// Where nothing else was said.
    static let origin: Cell = {
        guard let cell = Cell(x: 0, y: 0) else { preconditionFailure("(0, 0) is a cell") }
        return cell
    }()
}

extension Room {
    var row: Row {
        [
            .integer(first.index + 1), .text(id.text), .text(participantsJSON), .text(stateJSON), .integer(created),
            .integer(lastActivity),
        ]
    }

    init(_ row: Row) throws(StoreError) {
        guard row.count == 6, let number = row[0].integer, let first = Position(checking: number - 1),
            let id = row[1].text, let participants = row[2].text, let state = row[3].text,
            let created = row[4].integer, let last = row[5].integer,
            let room = Room(
                RoomID(unchecked: id),
                first: first,
                participants: participants,
                state: state,
                created: created,
                lastActivity: last
            )
        else { throw .badRow(FieldTables.rooms) }
        self = room
    }
}

extension Entanglement {
    var row: Row {
        [
            .integer(position.index + 1), .text(id), .text(source), target.map { .text($0) } ?? .null,
            .text(kind.rawValue), .real(intensity.value), .text(status.rawValue), .integer(established),
        ]
    }

    init(_ row: Row) throws(StoreError) {
        guard row.count == 8, let number = row[0].integer, let position = Position(checking: number - 1),
            let source = row[2].text, let kind = row[4].text.flatMap({ EntanglementForm.Kind(rawValue: $0) }),
            let intensity = row[5].real.flatMap({ Centi($0) }),
            let status = row[6].text.flatMap({ Status(rawValue: $0) }), let established = row[7].integer
        else { throw .badRow(FieldTables.entanglements) }
        self.position = position
        self.source = source
        target = row[3].text
        self.kind = kind
        self.intensity = intensity
        self.status = status
        self.established = established
    }
}

/// The totals after a position, for a look at the past.
struct Checkpoint {
    /// One after so many positions.
    static let distance: Int64 = 4096

    let position: Position
    var share: Share
    var activeRooms: Int64
    let lastUpdate: Int64

    init(_ position: Position, _ totals: FieldTotals) {
        self.position = position
        share = totals.share
        activeRooms = totals.activeRooms
        lastUpdate = totals.lastUpdate
    }

    init(_ row: Row) throws(StoreError) {
        let numbers = row.compactMap(\.integer)
        guard numbers.count == 5, let position = Position(checking: numbers[0]) else {
            throw .badRow(FieldTables.checkpoints)
        }
        self.position = position
        share = Share(resonance: numbers[1], intelligence: numbers[2])
        activeRooms = numbers[3]
        lastUpdate = numbers[4]
    }

    var row: Row {
        [
            .integer(position.index), .integer(share.resonance), .integer(share.intelligence), .integer(activeRooms),
            .integer(lastUpdate),
        ]
    }

    static func isDue(after position: Position) -> Bool { (position.index + 1) % distance == 0 }
}
