internal import Basics
internal import Capability
internal import Devices
internal import Field
internal import Model
internal import Ports
internal import Sync

/// The shared field: `consciousness.field`, `.snapshot`, `.sync` and `.entanglement`.
extension Repertoire {
    var field: [Capability] { [touch, snapshot, sync, entangle] }

    // MARK: consciousness.field

    private struct Touch: Sendable {
        let intensity: Intensity
        let x: Double?
        let y: Double?

        private static let coordinate = Shape<Double>.number(in: 0..<Double(Cell.side))

        static let shape = Shape.object(
            Touch.init,
            Field("intensity", \.intensity, .unit, "How strong."),
            Field.optional("x", \.x, coordinate, "With `y`: which cell; fractions are cut off."),
            Field.optional("y", \.y, coordinate)
        )

        var data: Fields {
            var data = Fields(unique: [("intensity", Value.number(intensity.value) ?? .null)])
            data["x"] = x.flatMap { .number($0) }
            data["y"] = y.flatMap { .number($0) }
            return data
        }
    }

    private static let touched = Schema.object(
        FieldSchemas.required([
            "success": .bool,
            "fieldUpdate": .object(
                FieldSchemas.required([
                    "deviceId": FieldSchemas.text, "intensity": FieldSchemas.unit,
                    "x": .nullable(FieldSchemas.count), "y": .nullable(FieldSchemas.count),
                    "timestamp": FieldSchemas.time, "globalResonance": FieldSchemas.unit,
                    "activeNodes": FieldSchemas.count,
                ])
            ),
        ])
    )

    private var touch: Capability {
        .mutation(
            "consciousness.field",
            "Touches the field: with an intensity, and at a cell when both coordinates come.",
            access: .device,
            sharing: .everySite,
            limit: Self.limit(.fieldUpdate),
            input: Touch.shape,
            output: .prepared(Self.touched),
            example: Touch(intensity: Intensity(clamping: 0.5), x: 15, y: 15)
        ) { (touch, call) async throws(Refusal) in
            guard let device = call.caller.device else { throw Refusal(.unauthorized, "a device token is needed") }
            _ = try await write(.touch, touch.data, of: AgentID(unchecked: device.id.text), call)
            let numbers = try await reading { () async throws(StoreError) in
                try await services.field.numbers(now: call.now.milliseconds)
            }
            let cell = touch.x.flatMap { x in touch.y.flatMap { Cell(x: x, y: $0) } }
            return Prepared { out in
                out.field("success")
                out.bool(true)
                out.field("fieldUpdate")
                out.openObject()
                out.field("deviceId")
                out.text(device.id.text)
                out.field("intensity")
                out.double(touch.intensity.rounded.value)
                out.field("x")
                if let cell { out.integer(Int64(cell.x)) } else { out.null() }
                out.field("y")
                if let cell { out.integer(Int64(cell.y)) } else { out.null() }
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("globalResonance")
                out.double(numbers.globalResonance)
                out.field("activeNodes")
                out.integer(Int64(numbers.activeNodes))
                out.closeObject()
            }
        }
    }

    // MARK: consciousness.sync

    private struct Brought: Sendable {
        let device: Datum?
        let events: [Datum]

        static let shape = Shape.object(
            Brought.init,
            Field.optional("deviceId", \.device, .any, "Who speaks, when no token says so."),
            Field("events", \.events, .list(of: .any, count: Batch.sizes), "Each `{type, data, timestamp}`.")
        )
    }

    private static let synced = Schema.object(
        FieldSchemas.required([
            "success": .bool,
            "processedEvents": .list(
                .object([
                    .init("id", .nullable(FieldSchemas.count), .required, "Its position; null when it was refused."),
                    .init("processed", .bool, .required), .init("serverTimestamp", FieldSchemas.time, .optional),
                    .init("duplicate", .bool, .optional, "It was there already."),
                    .init("error", FieldSchemas.text, .optional), .init("code", FieldSchemas.text, .optional),
                    .init("path", .list(.any, count: nil), .optional),
                ]),
                count: nil
            ),
            "syncedCount": FieldSchemas.count, "deviceId": FieldSchemas.text,
            "globalState": .object(
                FieldSchemas.core
                    + FieldSchemas.required([
                        "memoryParticleCount": FieldSchemas.count, "quantumFieldCount": FieldSchemas.count,
                    ])
            ),
        ])
    )

    private var sync: Capability {
        .mutation(
            "consciousness.sync",
            "Stores 1 to 50 events of a device, each exactly once, however often the batch is sent.\n"
                + "A bad event comes back as refused; the others are stored.",
            access: .device,
            sharing: .everySite,
            limit: Self.limit(.syncBatch),
            input: Brought.shape,
            output: .prepared(Self.synced),
            example: Brought(
                device: nil,
                events: [.entries(["type": "BLOOM", "data": .entries(["intensity": 1]), "timestamp": 0])]
            )
        ) { (brought, call) async throws(Refusal) in
            guard let device = call.caller.device else { throw Refusal(.unauthorized, "a device token is needed") }
            let speaker = AgentID(unchecked: device.id.text)
            let events = brought.events.map { datum in
                SyncedEvent.read(datum.value, of: speaker, check: Self.check)
            }
            guard let batch = Batch(of: speaker, by: call.writer, events, clock: VectorClock()) else {
                throw .invalid([Fault(.tooLarge, at: [.key("events")], "expected 1 to 50 events")])
            }
            let outcome: FieldSync.Outcome
            do throws(FieldSync.Unavailable) {
                outcome = try await services.sync.store(batch, now: call.now.milliseconds)
            } catch {
                throw Refusal(error.error, isUncertain: error.isUncertain)
            }
            if let position = outcome.position { try await reach(position) }
            services.field.presence.saw(speaker, at: call.now.milliseconds)
            let numbers = try await reading { () async throws(StoreError) in
                try await services.field.numbers(now: call.now.milliseconds)
            }
            return Self.synced(brought.events, outcome, speaker, numbers, call)
        }
    }

    /// What is wrong with the data of an event of the field; other types say what they like.
    private static let check: FieldDataCheck = { type, data, device in
        guard let kind = FieldKind(type) else { return [] }
        do throws(FieldRefusal) {
            _ = try FieldContent.read(kind, data, by: device)
            return []
        } catch {
            return error.problems
        }
    }

    private static func synced(
        _ events: [Datum],
        _ outcome: FieldSync.Outcome,
        _ speaker: AgentID,
        _ numbers: FieldNumbers,
        _ call: Call
    ) -> Prepared {
        Prepared { out in
            out.field("success")
            out.bool(true)
            out.list("processedEvents", zip(events, outcome.results)) { pair, out in
                write(pair.0, pair.1, call, into: &out)
            }
            out.field("syncedCount")
            out.integer(Int64(outcome.storedCount))
            out.field("deviceId")
            out.text(speaker.text)
            out.field("globalState")
            out.openObject()
            numbers.writeCore(into: &out)
            out.field("memoryParticleCount")
            out.integer(Int64(numbers.particles))
            out.field("quantumFieldCount")
            out.integer(Int64(numbers.quantumFields))
            out.closeObject()
        }
    }

    private static let answered = ["id", "processed", "serverTimestamp", "duplicate", "error", "code", "path"]

    private static func write(
        _ event: Datum,
        _ result: FieldSync.Outcome.Result,
        _ call: Call,
        into out: inout JSONWriter
    ) {
        out.openObject()
        if case .map(let fields) = event.value {
            for (key, value) in fields where !answered.contains(key) {
                out.key(key)
                out.value(value)
            }
        }
        switch result {
        case .stored(let position, let isDuplicate):
            out.field("id")
            out.integer(position.index)
            out.field("processed")
            out.bool(true)
            out.field("serverTimestamp")
            out.integer(call.now.milliseconds)
            if isDuplicate {
                out.field("duplicate")
                out.bool(true)
            }
        case .refused(let refusal):
            out.field("id")
            out.null()
            out.field("processed")
            out.bool(false)
            out.field("error")
            out.text(refusal.message)
            out.field("code")
            out.text(refusal.code.rawValue)
            out.list("path", refusal.path.split(separator: "/")) { step, out in
                if let index = Int64(step) { out.integer(index) } else { out.text(String(step)) }
            }
        }
        out.closeObject()
    }

    // MARK: consciousness.entanglement

    private struct Bond: Sendable {
        let device: AgentID
        let target: String?
        let kind: EntanglementForm.Kind
        let intensity: Intensity

        static let shape = Shape.object(
            Bond.init,
            Field("deviceId", \.device, .speaker, "Who declares it, when no token says so."),
            Field.optional("targetDeviceId", \.target, .text(length: 1...128), "With whom; not with itself."),
            Field("entanglementType", \.kind, .choice),
            Field.assumed("intensity", \.intensity, .unit, Intensity(clamping: 0.5))
        )
    }

    private static let entangled = Schema.object(
        FieldSchemas.required([
            "success": .bool,
            "entanglement": .object(
                FieldSchemas.required([
                    "id": FieldSchemas.text, "sourceDevice": FieldSchemas.text,
                    "targetDevice": .nullable(FieldSchemas.text),
                    "type": .choice(EntanglementForm.Kind.allCases.map(\.rawValue)), "intensity": FieldSchemas.unit,
                    "established": FieldSchemas.time,
                    "status": .choice(Entanglement.Status.allCases.map(\.rawValue)),
                ])
            ),
        ])
    )

    private var entangle: Capability {
        .mutation(
            "consciousness.entanglement",
            "Declares a device to be entangled with another, or with the collective.",
            access: .anyone,
            sharing: .everySite,
            limit: Self.limit(.entanglement),
            input: Bond.shape,
            output: .prepared(Self.entangled),
            example: Bond(
                device: AgentID(unchecked: "example-device-1"),
                target: "collective",
                kind: .resonance,
                intensity: .full
            )
        ) { (bond, call) async throws(Refusal) in
            let device = call.device(said: bond.device)
            if let target = bond.target, target.hasSameBytes(as: device.text) {
                throw .invalid([Fault(.other, at: [.key("targetDeviceId")], "a device is not entangled with itself")])
            }
            var data = Fields(unique: [
                ("entanglementType", .text(bond.kind.rawValue)),
                ("intensity", Value.number(bond.intensity.value) ?? .null),
            ])
            data["targetDeviceId"] = bond.target.map { .text($0) }
            let position = try await write(.entanglement, data, of: device, call)
            return Prepared { out in
                out.field("success")
                out.bool(true)
                out.field("entanglement")
                out.openObject()
                out.field("id")
                out.text(position.description)
                out.field("sourceDevice")
                out.text(device.text)
                out.field("targetDevice")
                if let target = bond.target { out.text(target) } else { out.null() }
                out.field("type")
                out.text(bond.kind.rawValue)
                out.field("intensity")
                out.double(bond.intensity.rounded.value)
                out.field("established")
                out.integer(call.now.milliseconds)
                out.field("status")
                out.text(Entanglement.Status.active.rawValue)
                out.closeObject()
            }
        }
    }
}
