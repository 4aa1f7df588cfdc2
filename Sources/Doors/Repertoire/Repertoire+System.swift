internal import Basics
internal import Capability
internal import Field
internal import Model
internal import Ports

/// How the server does: `system.*` and `monitoring.*`.
extension Repertoire {
    var system: [Capability] { [health] }
    var monitoring: [Capability] { [getMetrics, getCurrentMetrics, getHealthMetrics, updateMetrics, score] }

    func numbers(_ call: Call) async throws(Refusal) -> FieldNumbers {
        try await reading { () async throws(StoreError) in
            try await services.field.numbers(now: call.now.milliseconds)
        }
    }

    // MARK: system.health

    private static let healthy = Schema.object(
        FieldSchemas.required([
            "status": .choice(["healthy", "fallback", "degraded"]), "timestamp": .instant,
            "uptime": FieldSchemas.number, "mode": .choice(["database", "embedded", "fallback"]),
            "infrastructure": .any, "consciousness": .any, "performance": .any,
        ])
    )

    private var health: Capability {
        .query(
            "system.health",
            "Whether everything answers, as last known.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: .prepared(Self.healthy),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let (numbers, vitals) = (try await numbers(call), services.vitals())
            return Prepared { out in
                out.field("status")
                out.text(vitals.isSound ? "healthy" : "degraded")
                out.field("timestamp")
                out.text(call.now.iso)
                out.field("uptime")
                out.double(vitals.uptimeSeconds)
                out.field("mode")
                out.text("embedded")
                vitals.writeInfrastructure(into: &out)
                out.field("consciousness")
                out.openObject()
                numbers.writeCore(into: &out)
                out.field("memoryParticles")
                out.integer(Int64(numbers.particles))
                out.field("quantumFields")
                out.integer(Int64(numbers.quantumFields))
                out.field("lastUpdate")
                out.integer(numbers.lastUpdate)
                out.field("recentActivity")
                out.integer(Int64(numbers.activeNodes))
                out.closeObject()
                out.field("performance")
                out.openObject()
                out.field("cacheHitRate")
                out.integer(1)
                out.field("avgResponseTime")
                out.double(vitals.averageMilliseconds)
                out.field("memoryUsage")
                out.openObject()
                out.field("particles")
                out.integer(Int64(numbers.particles))
                out.field("fields")
                out.integer(Int64(numbers.quantumFields))
                out.field("events")
                out.integer(numbers.index + 1)
                out.closeObject()
                out.field("databaseStatus")
                out.text("embedded")
                out.field("redisStatus")
                out.text("embedded")
                out.closeObject()
            }
        }
    }

    // MARK: monitoring.getMetrics, monitoring.getCurrentMetrics

    private static let summed: [Schema.Property] = FieldSchemas.required([
        "events": FieldSchemas.count, "activeDevices": FieldSchemas.count, "resonance": FieldSchemas.unit,
        "memoryParticles": FieldSchemas.count, "room64Sessions": FieldSchemas.count,
    ])

    private static func summarise(_ numbers: FieldNumbers, into out: inout JSONWriter) {
        out.field("events")
        out.integer(numbers.index + 1)
        out.field("activeDevices")
        out.integer(Int64(numbers.activeNodes))
        out.field("resonance")
        out.double(numbers.globalResonance)
        out.field("memoryParticles")
        out.integer(Int64(numbers.particles))
        out.field("room64Sessions")
        out.integer(Int64(numbers.activeRooms))
    }

    /// The field in Prometheus's text.
    static func prometheus(_ numbers: FieldNumbers) -> String {
        let gauges: [(String, Double)] = [
            ("global_resonance_level", numbers.globalResonance),
            ("collective_intelligence_level", numbers.collectiveIntelligence),
            ("active_nodes_count", Double(numbers.activeNodes)), ("memory_particles_count", Double(numbers.particles)),
            ("quantum_fields_count", Double(numbers.quantumFields)),
            ("room64_sessions_active", Double(numbers.activeRooms)),
        ]
        return gauges.map { name, value in
            let text = Int64(exactly: value).map(String.init) ?? value.description
            return "# TYPE \(name) gauge\n\(name) \(text)\n"
        }
        .joined() + "# TYPE ledger_events_total counter\nledger_events_total \(numbers.index + 1)\n"
    }

    private var getMetrics: Capability {
        .query(
            "monitoring.getMetrics",
            "What is counted, as Prometheus reads it, with a summary.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "prometheus": FieldSchemas.text, "summary": .object(Self.summed),
                        "timestamp": FieldSchemas.time, "format": .choice(["prometheus"]),
                    ])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let numbers = try await numbers(call)
            return Prepared { out in
                out.field("prometheus")
                out.text(Self.prometheus(numbers))
                out.field("summary")
                out.openObject()
                Self.summarise(numbers, into: &out)
                out.closeObject()
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("format")
                out.text("prometheus")
            }
        }
    }

    private var getCurrentMetrics: Capability {
        .query(
            "monitoring.getCurrentMetrics",
            "The summary alone.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: .prepared(
                .object(
                    Self.summed
                        + FieldSchemas.required(["timestamp": FieldSchemas.time, "source": .choice(["prometheus"])])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let numbers = try await numbers(call)
            return Prepared { out in
                Self.summarise(numbers, into: &out)
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("source")
                out.text("prometheus")
            }
        }
    }

    // MARK: monitoring.getHealthMetrics

    private var getHealthMetrics: Capability {
        .query(
            "monitoring.getHealthMetrics",
            "How many requests there were, and how long they took.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "health": .object(
                            FieldSchemas.required([
                                "totalRequests": FieldSchemas.count, "avgResponseTime": FieldSchemas.number,
                                "activeConnections": FieldSchemas.count,
                            ])
                        ),
                        "timestamp": FieldSchemas.time, "source": .choice(["prometheus"]),
                        "prometheusEndpoint": FieldSchemas.text,
                    ])
                )
            ),
            example: Nothing()
        ) { [services] _, call in
            let vitals = services.vitals()
            return Prepared { out in
                out.field("health")
                out.openObject()
                out.field("totalRequests")
                out.integer(vitals.requests)
                out.field("avgResponseTime")
                out.double(vitals.averageMilliseconds)
                out.field("activeConnections")
                out.integer(vitals.connections)
                out.closeObject()
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("source")
                out.text("prometheus")
                out.field("prometheusEndpoint")
                out.text("/api/metrics")
            }
        }
    }

    // MARK: monitoring.updateMetrics

    private static let counters = [
        "events", "fieldCalculations", "activeDevices", "resonance", "cacheHitRates", "entanglements",
        "memoryParticles", "room64Sessions", "errors", "websocketConnections", "databaseOperations",
        "cacheOperations",
    ]

    private var updateMetrics: Capability {
        .mutation(
            "monitoring.updateMetrics",
            "Takes what a client counted, and says how many counters it knew. What Prima shows it counts itself.",
            access: .device,
            sharing: .everySite,
            input: .any,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "success": .bool, "updated": FieldSchemas.count, "timestamp": FieldSchemas.time,
                        "source": .choice(["prometheus"]),
                    ])
                )
            ),
            example: .entries(["events": 1])
        ) { (said, call) async throws(Refusal) in
            guard case .object(let entries) = said else {
                throw .invalid([Fault(.wrongType, "expected an object of counters")])
            }
            let known = Self.counters.count { entries[$0] != .absent }
            return Prepared { out in
                out.field("success")
                out.bool(true)
                out.field("updated")
                out.integer(Int64(known))
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("source")
                out.text("prometheus")
            }
        }
    }

    // MARK: monitoring.health

    private static let scored = Schema.object(
        FieldSchemas.required([
            "success": .bool,
            "data": .object(
                FieldSchemas.required([
                    "score": FieldSchemas.unit,
                    "factors": .object(
                        FieldSchemas.required([
                            "resonance": FieldSchemas.unit, "activeNodes": FieldSchemas.unit,
                            "systemHealth": FieldSchemas.unit, "cachePerformance": FieldSchemas.unit,
                        ])
                    ),
                    "status": .choice(["excellent", "good", "fair", "poor"]), "timestamp": FieldSchemas.time,
                    "uptime": FieldSchemas.number, "platform": FieldSchemas.text,
                ])
            ),
        ])
    )

    private var score: Capability {
        .query(
            "monitoring.health",
            "One number for how the collective does, and what it is made of.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: .prepared(Self.scored),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let numbers = try await numbers(call)
            let score = HealthScore(numbers, services.vitals())
            return Prepared { out in
                out.field("success")
                out.bool(true)
                out.field("data")
                score.write(at: call.now.milliseconds, into: &out)
            }
        }
    }
}

/// How the collective does: four factors of unit, weighed.
struct HealthScore: Sendable {
    let resonance: Double
    let activeNodes: Double
    let systemHealth: Double
    /// Reads are answered from memory: each is a hit.
    let cachePerformance = 1.0
    let uptimeSeconds: Double

    init(_ numbers: FieldNumbers, _ vitals: Vitals) {
        resonance = numbers.globalResonance
        activeNodes = min(1, Double(numbers.activeNodes) / 10)
        systemHealth = vitals.isSound ? 1 : 0
        uptimeSeconds = vitals.uptimeSeconds
    }

    var score: Double { 0.4 * resonance + 0.3 * activeNodes + 0.2 * systemHealth + 0.1 * cachePerformance }

    private var status: StaticString {
        switch score {
        case 0.8...: "excellent"
        case 0.6...: "good"
        case 0.4...: "fair"
        default: "poor"
        }
    }

    func write(at now: Int64, into out: inout JSONWriter) {
        out.openObject()
        out.field("score")
        out.double(score)
        out.field("factors")
        out.openObject()
        out.field("resonance")
        out.double(resonance)
        out.field("activeNodes")
        out.double(activeNodes)
        out.field("systemHealth")
        out.double(systemHealth)
        out.field("cachePerformance")
        out.double(cachePerformance)
        out.closeObject()
        out.field("status")
        out.text("\(status)")
        out.field("timestamp")
        out.integer(now)
        out.field("uptime")
        out.double(uptimeSeconds)
        out.field("platform")
        out.text("linux")
        out.closeObject()
    }
}

extension Vitals {
    func writeInfrastructure(into out: inout JSONWriter) {
        out.field("infrastructure")
        out.openObject()
        for name in ["database", "redis"] {
            out.key(name)
            out.openObject()
            out.field("status")
            out.text(isSound ? "healthy" : "unknown")
            out.field("healthy")
            out.bool(isSound)
            out.closeObject()
        }
        out.field("migrations")
        out.openObject()
        out.field("completed")
        out.integer(migrations)
        out.field("latest")
        out.text(latestMigration)
        out.field("schemaValid")
        out.bool(true)
        out.field("errors")
        out.openArray()
        out.closeArray()
        out.closeObject()
        out.closeObject()
    }
}
