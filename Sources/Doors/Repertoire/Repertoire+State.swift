internal import Basics
internal import Capability
internal import Devices
internal import Field
internal import Model
internal import Ports

/// What monitors and dashboards read by plain HTTP, each at the path that they know.
extension Repertoire {
    var state: [Capability] {
        [fieldState, fieldMetrics, fieldHealth, overview, prometheus, stores, sockets, limitsOf]
    }

    // MARK: consciousness.state

    private static let global = Schema.object(
        [Schema.Property("nodeId", FieldSchemas.text, .required)] + FieldSchemas.core
            + FieldSchemas.required([
                "memoryParticles": .list(FieldSchemas.particle, count: 0...Particle.limit),
                "quantumFields": .list(FieldSchemas.quantumField, count: 0...QuantumField.limit),
                "room64Active": .bool, "lastUpdate": FieldSchemas.time,
            ])
    )

    private var fieldState: Capability {
        .query(
            "consciousness.state",
            "The whole state of the field, and the last ten events.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/consciousness/state"),
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "globalState": Self.global, "recentEvents": .list(FieldSchemas.event, count: 0...10),
                        "timestamp": FieldSchemas.time,
                    ])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let now = call.now.milliseconds
            let state = try await reading { () async throws(StoreError) in
                try await services.field.state(at: call.moment.field, now: now)
            }
            let events = try await reading { () async throws(StoreError) in try await services.field.recent(10) }
            return Prepared { out in
                out.field("globalState")
                out.json(state.json)
                out.list("recentEvents", events) { $0.write(into: &$1) }
                out.field("timestamp")
                out.integer(now)
            }
        }
    }

    // MARK: consciousness.metrics, consciousness.health

    private var fieldMetrics: Capability {
        .query(
            "consciousness.metrics",
            "Figures of the stores, the field, the sockets and the process.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/consciousness/metrics"),
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "infrastructure": .any, "consciousness": .any, "websocket": .any, "system": .any,
                        "timestamp": FieldSchemas.time,
                    ])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let (numbers, vitals) = (try await numbers(call), services.vitals())
            return Prepared { out in
                vitals.writeInfrastructure(into: &out)
                numbers.writeConsciousness(into: &out)
                out.field("websocket")
                out.openObject()
                out.field("connections")
                out.integer(vitals.connections)
                out.closeObject()
                out.field("system")
                out.openObject()
                out.field("uptime")
                out.double(vitals.uptimeSeconds)
                out.field("memoryUsage")
                out.integer(vitals.residentBytes)
                out.field("requests")
                out.integer(vitals.requests)
                out.closeObject()
                out.field("timestamp")
                out.integer(call.now.milliseconds)
            }
        }
    }

    private var fieldHealth: Capability {
        .query(
            "consciousness.health",
            "One number for how the collective does, and what it is made of.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/consciousness/health"),
            input: .nothing,
            output: .prepared(.any),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let score = HealthScore(try await numbers(call), services.vitals())
            var out = JSONWriter()
            score.write(at: call.now.milliseconds, into: &out)
            return Prepared(out.bytes)
        }
    }

    // MARK: system.overview

    private var overview: Capability {
        .query(
            "system.overview",
            "The health of every part.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/health"),
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "status": FieldSchemas.text, "timestamp": .instant, "healthCheckDuration": FieldSchemas.number,
                        "mode": FieldSchemas.text, "services": .any, "consciousness": .any, "performance": .any,
                        "metrics": .any,
                    ])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let (numbers, vitals) = (try await numbers(call), services.vitals())
            return Prepared { out in
                out.field("status")
                out.text(vitals.isSound ? "healthy" : "degraded")
                out.field("timestamp")
                out.text(call.now.iso)
                out.field("healthCheckDuration")
                out.integer(0)
                out.field("mode")
                out.text("embedded")
                vitals.writeServices(into: &out)
                numbers.writeConsciousness(into: &out)
                vitals.writePerformance(into: &out)
            }
        }
    }

    // MARK: monitoring.prometheus

    private var prometheus: Capability {
        .query(
            "monitoring.prometheus",
            "The field in Prometheus's text.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/metrics", content: .text("text/plain; version=0.0.4; charset=utf-8")),
            input: .nothing,
            output: .text,
            example: Nothing()
        ) { (_, call) async throws(Refusal) in Self.prometheus(try await numbers(call)) }
    }

    // MARK: system.stores, system.sockets

    private var stores: Capability {
        .query(
            "system.stores",
            "Whether the stores answer.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/db/status"),
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "timestamp": FieldSchemas.time, "database": .any, "redis": .any,
                        "errors": .list(.any, count: nil),
                    ])
                )
            ),
            example: Nothing()
        ) { [services] _, call in
            let vitals = services.vitals()
            return Prepared { out in
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("database")
                out.openObject()
                out.field("connected")
                out.bool(vitals.isSound)
                out.field("latency")
                out.double(vitals.averageMilliseconds)
                out.field("connectionPool")
                out.null()
                out.closeObject()
                out.field("redis")
                out.openObject()
                out.field("connected")
                out.bool(vitals.isSound)
                out.field("latency")
                out.integer(0)
                out.closeObject()
                out.field("errors")
                out.openArray()
                out.closeArray()
            }
        }
    }

    private var sockets: Capability {
        .query(
            "system.sockets",
            "Who is connected.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/ws/status"),
            input: .nothing,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "status": .choice(["active"]), "timestamp": FieldSchemas.time,
                        "connections": FieldSchemas.count,
                        "connectedDevices": FieldSchemas.count, "uptime": FieldSchemas.number,
                    ])
                )
            ),
            example: Nothing()
        ) { (_, call) async throws(Refusal) in
            let (numbers, vitals) = (try await numbers(call), services.vitals())
            return Prepared { out in
                out.field("status")
                out.text("active")
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("connections")
                out.integer(vitals.connections)
                out.field("connectedDevices")
                out.integer(Int64(numbers.activeNodes))
                out.field("uptime")
                out.double(vitals.uptimeSeconds)
            }
        }
    }

    // MARK: limits.status

    private struct Whose: Sendable {
        let device: String

        static let shape = Shape.object(Whose.init, Field("deviceId", \.device, .text(length: 1...128)))
    }

    private var limitsOf: Capability {
        .query(
            "limits.status",
            "How often a device may still do what.",
            access: .anyone,
            sharing: .everySite,
            alias: Capability.Alias("/api/rate-limit/status/", parameter: "deviceId"),
            input: Whose.shape,
            output: .prepared(
                .object(
                    FieldSchemas.required([
                        "deviceId": FieldSchemas.text, "timestamp": FieldSchemas.time,
                        "rateLimits": .keyed(
                            .object(
                                FieldSchemas.required([
                                    "remainingPoints": .nullable(FieldSchemas.count), "isBlocked": .bool,
                                ])
                            )
                        ),
                    ])
                )
            ),
            example: Whose(device: "example-device-1")
        ) { [services] whose, call in
            Prepared { out in
                out.field("deviceId")
                out.text(whose.device)
                out.field("timestamp")
                out.integer(call.now.milliseconds)
                out.field("rateLimits")
                out.openObject()
                for limit in LimitClass.allCases {
                    let status = services.limits.status(limit, of: whose.device, now: call.now.milliseconds)
                    out.key(limit.rawValue)
                    out.openObject()
                    out.field("remainingPoints")
                    if status.limit == nil { out.null() } else { out.integer(status.remaining) }
                    out.field("isBlocked")
                    out.bool(status.isBlocked)
                    out.closeObject()
                }
                out.closeObject()
            }
        }
    }
}

extension FieldNumbers {
    func writeConsciousness(into out: inout JSONWriter) {
        out.field("consciousness")
        out.openObject()
        writeCore(into: &out)
        out.field("memoryParticles")
        out.integer(Int64(particles))
        out.field("quantumFields")
        out.integer(Int64(quantumFields))
        out.field("lastUpdate")
        out.integer(lastUpdate)
        out.field("queuedEvents")
        out.integer(0)
        out.closeObject()
    }
}

extension Vitals {
    fileprivate func writeServices(into out: inout JSONWriter) {
        let word = isSound ? "healthy" : "unknown"
        out.field("services")
        out.openObject()
        out.field("database")
        out.openObject()
        out.field("status")
        out.text(word)
        out.field("latency")
        out.double(averageMilliseconds)
        out.field("connectionPool")
        out.null()
        out.closeObject()
        out.field("redis")
        out.openObject()
        out.field("status")
        out.text(word)
        out.field("latency")
        out.integer(0)
        out.field("hitRate")
        out.integer(1)
        out.closeObject()
        out.field("fieldManager")
        out.text(word)
        out.field("websocket")
        out.openObject()
        out.field("status")
        out.text("healthy")
        out.field("connections")
        out.integer(connections)
        out.closeObject()
        out.closeObject()
    }

    fileprivate func writePerformance(into out: inout JSONWriter) {
        out.field("performance")
        out.openObject()
        out.field("cacheHitRate")
        out.integer(1)
        out.field("avgResponseTime")
        out.double(averageMilliseconds)
        out.field("queryLatencyP95")
        out.double(p95Milliseconds)
        out.field("queryLatencyP99")
        out.double(p99Milliseconds)
        out.field("memoryUsage")
        out.integer(residentBytes)
        out.field("uptime")
        out.double(uptimeSeconds)
        out.closeObject()
        out.field("metrics")
        out.openObject()
        out.field("requestRate")
        out.double(uptimeSeconds > 0 ? Double(requests) / uptimeSeconds : 0)
        out.field("cacheHits")
        out.integer(requests)
        out.field("cacheMisses")
        out.integer(0)
        out.closeObject()
    }
}
