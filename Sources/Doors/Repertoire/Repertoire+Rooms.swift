internal import Basics
internal import Capability
internal import Devices
internal import Field
internal import Model
internal import Ports

/// Rooms of sixty-four seats: `consciousness.room64`.
extension Repertoire {
    var rooms: [Capability] { [room64] }

    private enum Action: String, Sendable, CaseIterable {
        case join = "JOIN"
        case leave = "LEAVE"
        case sync = "SYNC"
        case bloom = "BLOOM"
    }

    private struct Move: Sendable {
        let device: AgentID
        let action: Action
        let room: RoomID?
        let share: Share?

        static let shape = Shape.object(
            Move.init,
            Field("deviceId", \.device, .speaker, "Who moves, when no token says so."),
            Field("action", \.action, .choice),
            Field.optional("roomId", \.room, .name, "A JOIN without one opens a new room."),
            Field.optional("data", \.share, Share.shape, "What a SYNC brings.")
        )
    }

    private struct Share: Sendable {
        let phase: Double?
        let level: Intensity?
        let phrase: String?

        static let shape = Shape.object(
            Share.init,
            Field.optional("breathingPhase", \.phase, .number(in: 0...360), "In degrees."),
            Field.optional("resonanceLevel", \.level, .unit),
            Field.optional("sacredPhrase", \.phrase, .text(length: 0...200))
        )

        var fields: Fields {
            var fields = Fields()
            fields["breathingPhase"] = phase.flatMap { .number($0) }
            fields["resonanceLevel"] = level.flatMap { .number($0.value) }
            fields["sacredPhrase"] = phrase.map { .text($0) }
            return fields
        }
    }

    private static let moved = Schema.union([
        .object(
            FieldSchemas.required([
                "success": .bool,
                "room": .object(
                    FieldSchemas.required([
                        "id": FieldSchemas.text, "participantCount": FieldSchemas.count,
                        "collectiveState": FieldSchemas.room, "joined": .bool,
                    ]) + [.init("spectator", .bool, .optional, "All seats were taken: it watches.")]
                ),
            ])
        ),
        .object(FieldSchemas.required(["success": .bool, "left": .bool, "roomId": FieldSchemas.text])),
        .object(
            FieldSchemas.required([
                "success": .bool, "collectiveState": FieldSchemas.room, "participantCount": FieldSchemas.count,
            ])
        ),
        .object(
            FieldSchemas.required([
                "success": .bool,
                "bloom": .object(
                    FieldSchemas.required([
                        "triggered": .bool, "participants": FieldSchemas.count, "intensity": FieldSchemas.unit,
                        "timestamp": FieldSchemas.time,
                    ])
                ),
            ])
        ),
        Failed.shape.schema,
    ])

    private var room64: Capability {
        .mutation(
            "consciousness.room64",
            "Joins a room, leaves it, breathes with it, or lets it bloom.",
            access: .anyone,
            sharing: .everySite,
            limit: Self.limit(.roomAction),
            input: Move.shape,
            output: .prepared(Self.moved),
            example: Move(
                device: AgentID(unchecked: "example-device-1"),
                action: .join,
                room: RoomID(unchecked: "64"),
                share: nil
            )
        ) { (move, call) async throws(Refusal) in
            let device = call.device(said: move.device)
            switch move.action {
            case .join: return try await join(move, device, call)
            case .leave: return try await leave(move, device, call)
            case .sync: return try await breathe(move, device, call)
            case .bloom: return try await bloom(move, device, call)
            }
        }
    }

    private static func failed(_ error: String) -> Prepared {
        Prepared { out in
            out.field("success")
            out.bool(false)
            out.field("error")
            out.text(error)
        }
    }

    private func join(_ move: Move, _ device: AgentID, _ call: Call) async throws(Refusal) -> Prepared {
        let id = move.room ?? RoomID(unchecked: "room_\(call.now.milliseconds)")
        _ = try await write(.roomJoin, Fields(), of: device, room: id, call)
        guard let room = try await room(id) else { return Self.failed("the room could not be joined") }
        return Prepared { out in
            out.field("success")
            out.bool(true)
            out.field("room")
            out.openObject()
            out.field("id")
            out.text(id.text)
            out.field("participantCount")
            out.integer(Int64(room.participants.count))
            out.field("collectiveState")
            out.json(Array(room.stateJSON.utf8))
            out.field("joined")
            out.bool(true)
            if room.isSpectator(device) {
                out.field("spectator")
                out.bool(true)
            }
            out.closeObject()
        }
    }

    private func leave(_ move: Move, _ device: AgentID, _ call: Call) async throws(Refusal) -> Prepared {
        guard let id = move.room else { return Self.failed("a room id is needed") }
        // Nobody is in a room that nobody knows.
        if try await room(id) != nil { _ = try await write(.roomLeave, Fields(), of: device, room: id, call) }
        return Prepared { out in
            out.field("success")
            out.bool(true)
            out.field("left")
            out.bool(true)
            out.field("roomId")
            out.text(id.text)
        }
    }

    private func breathe(_ move: Move, _ device: AgentID, _ call: Call) async throws(Refusal) -> Prepared {
        guard let id = move.room else { return Self.failed("a room id is needed") }
        guard try await room(id) != nil else { return Self.failed("there is no such room") }
        _ = try await write(.roomSync, move.share?.fields ?? Fields(), of: device, room: id, call)
        guard let room = try await room(id) else { return Self.failed("there is no such room") }
        return Prepared { out in
            out.field("success")
            out.bool(true)
            out.field("collectiveState")
            out.json(Array(room.stateJSON.utf8))
            out.field("participantCount")
            out.integer(Int64(room.participants.count))
        }
    }

    private func bloom(_ move: Move, _ device: AgentID, _ call: Call) async throws(Refusal) -> Prepared {
        guard let id = move.room else { return Self.failed("a room id is needed") }
        guard try await room(id) != nil else { return Self.failed("there is no such room") }
        _ = try await write(.roomBloom, Fields(), of: device, room: id, call)
        let participants = try await room(id)?.participants.count ?? 0
        return Prepared { out in
            out.field("success")
            out.bool(true)
            out.field("bloom")
            out.openObject()
            out.field("triggered")
            out.bool(true)
            out.field("participants")
            out.integer(Int64(participants))
            out.field("intensity")
            out.integer(1)
            out.field("timestamp")
            out.integer(call.now.milliseconds)
            out.closeObject()
        }
    }

    private func room(_ id: RoomID) async throws(Refusal) -> Room? {
        try await reading { () async throws(StoreError) in try await services.field.room(id) }
    }
}
