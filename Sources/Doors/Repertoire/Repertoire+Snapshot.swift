internal import Basics
internal import Capability
internal import Field
internal import Model
internal import Ports

/// The field as one device sees it: `consciousness.snapshot`.
extension Repertoire {
    private struct Wish: Sendable {
        let archaeology: Bool
        let vectors: Bool
        let limit: Int64

        static let shape = Shape.object(
            Wish.init,
            Field.assumed("includeArchaeology", \.archaeology, .bool, false, "What was, of the last 24 hours."),
            Field.assumed("includeVectors", \.vectors, .bool, true, "How the field moves."),
            Field.assumed("eventLimit", \.limit, .integer(in: 1...100), 30, "How many of its own events.")
        )
    }

    private static let shown = Schema.object(
        FieldSchemas.required([
            "success": .bool,
            "snapshot": .object(
                FieldSchemas.core
                    + FieldSchemas.required([
                        "room64Active": .bool, "lastUpdate": FieldSchemas.time,
                        "memoryParticles": .list(FieldSchemas.particle, count: 0...15),
                        "quantumFields": .list(FieldSchemas.quantumField, count: 0...5),
                        "recentEvents": .list(FieldSchemas.event, count: 0...100),
                        "archaeologyInsights": .nullable(.any), "emergencePatterns": .list(.any, count: nil),
                        "consciousnessVectors": .nullable(.any),
                        "emergenceSignals": .nullable(.list(.any, count: nil)),
                        "collectiveResonanceMap": .nullable(.any), "temporalFlow": .nullable(.any),
                        "sacredPhraseFrequency": .nullable(.any),
                    ])
            ),
            "timestamp": FieldSchemas.time,
        ])
    )

    var snapshot: Capability {
        .query(
            "consciousness.snapshot",
            "The field as the token's device sees it: the state, its own events, and how all of it moves.",
            access: .device,
            sharing: .everySite,
            input: Wish.shape,
            output: .prepared(Self.shown),
            example: Wish(archaeology: false, vectors: true, limit: 30)
        ) { (wish, call) async throws(Refusal) in
            guard let device = call.caller.device else { throw Refusal(.unauthorized, "a device token is needed") }
            var query = SnapshotQuery()
            query.parts = []
            if wish.archaeology { query.parts.insert(.archaeology) }
            if wish.vectors { query.parts.insert(.vectors) }
            query.eventLimit = Int(wish.limit)
            let (asked, speaker) = (query, AgentID(unchecked: device.id.text))
            let snapshot = try await reading { () async throws(StoreError) in
                try await services.field.snapshot(
                    asked,
                    of: speaker,
                    at: call.moment.field,
                    now: call.now.milliseconds
                )
            }
            services.field.presence.saw(speaker, at: call.now.milliseconds)
            return Prepared { out in
                out.field("success")
                out.bool(true)
                out.field("snapshot")
                snapshot.write(into: &out)
                out.field("timestamp")
                out.integer(call.now.milliseconds)
            }
        }
    }
}

extension FieldSnapshot {
    fileprivate func write(into out: inout JSONWriter) {
        out.openObject()
        numbers.writeCore(into: &out)
        out.field("room64Active")
        out.bool(numbers.room64Active)
        out.field("lastUpdate")
        out.integer(numbers.lastUpdate)
        out.list("memoryParticles", particles) { $0.write(into: &$1) }
        out.list("quantumFields", fields) { $0.write(into: &$1) }
        out.list("recentEvents", events) { $0.write(into: &$1) }
        out.field("archaeologyInsights")
        if let traces { traces.write(into: &out) } else { out.null() }
        out.list("emergencePatterns", patterns) { $0.write(into: &$1) }
        if let movement {
            movement.write(into: &out)
        } else {
            for name in Self.moving {
                out.key(name)
                out.null()
            }
        }
        out.closeObject()
    }

    private static let moving = [
        "consciousnessVectors", "emergenceSignals", "collectiveResonanceMap", "temporalFlow", "sacredPhraseFrequency",
    ]
}

extension FieldMovement {
    fileprivate func write(into out: inout JSONWriter) {
        out.field("consciousnessVectors")
        out.openObject()
        out.list("resonance", flow.resonance) { $1.double($0) }
        out.list("intelligence", flow.intelligence) { $1.double($0) }
        out.list("emergence", flow.emergence) { $1.double($0) }
        out.list("coherence", flow.coherence) { $1.double($0) }
        out.closeObject()
        out.list("emergenceSignals", signals) { $0.write(into: &$1) }
        out.field("collectiveResonanceMap")
        out.openObject()
        if particleCount > 0 {
            out.field("memory_field")
            out.openObject()
            out.field("intensity")
            out.double(meanIntensity)
            out.field("particle_count")
            out.integer(Int64(particleCount))
            out.field("crystallization_rate")
            out.double(crystallizationRate)
            out.closeObject()
        }
        out.closeObject()
        out.field("temporalFlow")
        out.openObject()
        out.field("trend")
        out.text(flow.trend.rawValue)
        out.field("velocity")
        out.double(flow.velocity)
        out.field("acceleration")
        out.double(flow.acceleration)
        if let minutes = flow.minutes {
            out.field("timespan_minutes")
            out.double(minutes)
        }
        out.closeObject()
        out.field("sacredPhraseFrequency")
        out.openObject()
        for (phrase, count) in phrases {
            out.key(phrase)
            out.integer(Int64(count))
        }
        out.closeObject()
    }
}
