internal import Basics
internal import Capability
internal import Devices
internal import Field
internal import Model
internal import Ports

/// What was: `consciousness.archaeology`.
extension Repertoire {
    var archaeology: [Capability] { [dig] }

    private enum Query: String, Sendable, CaseIterable {
        case patterns = "PATTERNS"
        case memoryTraces = "MEMORY_TRACES"
        case sacredHistory = "SACRED_HISTORY"
        case emergenceEvents = "EMERGENCE_EVENTS"
    }

    private struct Dig: Sendable {
        let device: AgentID
        let query: Query
        let range: Span?
        let filters: Filters?

        static let shape = Shape.object(
            Dig.init,
            Field("deviceId", \.device, .speaker, "Who asks, when no token says so."),
            Field("query", \.query, .choice),
            Field.optional("timeRange", \.range, Span.shape, "The last 24 hours without one."),
            Field.optional("filters", \.filters, Filters.shape)
        )
    }

    private struct Span: Sendable {
        let start: Int64
        let end: Int64

        static let shape = Shape.object(
            Span.init,
            Field("start", \.start, .integer, "Milliseconds since 1970, included."),
            Field("end", \.end, .integer, "The same.")
        )
    }

    private struct Filters: Sendable {
        let least: Intensity?
        let phrases: [String]
        let devices: [AgentID]

        static let shape = Shape.object(
            Filters.init,
            Field.optional("minIntensity", \.least, .unit, "What is listed is this strong at least."),
            Field.assumed("sacredPhrases", \.phrases, .list(of: .text, count: 0...100), [], "Parts of what was said."),
            Field.assumed("deviceIds", \.devices, .list(of: .name, count: 0...100), [], "Whose events count.")
        )
    }

    private static let found = Schema.object(
        FieldSchemas.required([
            "success": .bool, "query": .choice(Query.allCases.map(\.rawValue)), "deviceId": FieldSchemas.text,
            "timestamp": FieldSchemas.time, "data": .any,
            "context": .object(
                FieldSchemas.core
                    + FieldSchemas.required([
                        "totalMemoryParticles": FieldSchemas.count, "totalQuantumFields": FieldSchemas.count,
                    ])
            ),
        ])
    )

    private var dig: Capability {
        .query(
            "consciousness.archaeology",
            "Looks through everything that was said and is not forgotten: patterns, traces, phrases, emergence.",
            access: .anyone,
            sharing: .everySite,
            limit: Self.limit(.archaeology),
            input: Dig.shape,
            output: .prepared(Self.found),
            example: Dig(
                device: AgentID(unchecked: "example-device-1"),
                query: .patterns,
                range: nil,
                filters: nil
            )
        ) { (dig, call) async throws(Refusal) in try await found(dig, call) }
    }

    private func found(_ dig: Dig, _ call: Call) async throws(Refusal) -> Prepared {
        let now = call.now.milliseconds
        let span = dig.range ?? Span(start: now - ArchaeologyQuery.day, end: now)
        guard span.start <= span.end else {
            throw Refusal.invalid([Fault(.tooSmall, at: [.key("timeRange"), .key("end")], "it ends before it starts")])
        }
        var query = ArchaeologyQuery(range: span.start...span.end)
        query.minIntensity = dig.filters?.least?.value
        query.phrases = dig.filters?.phrases ?? []
        query.devices = dig.filters?.devices ?? []
        let data: [UInt8]
        do throws(StoreError) { data = try await self.data(dig.query, query) } catch { throw Refusal(error) }
        let numbers = try await numbers(call)
        let speaker = call.device(said: dig.device)
        return Prepared { out in
            out.field("success")
            out.bool(true)
            out.field("query")
            out.text(dig.query.rawValue)
            out.field("deviceId")
            out.text(speaker.text)
            out.field("timestamp")
            out.integer(now)
            out.field("data")
            out.json(data)
            out.field("context")
            out.openObject()
            numbers.writeCore(into: &out)
            out.field("totalMemoryParticles")
            out.integer(Int64(numbers.particles))
            out.field("totalQuantumFields")
            out.integer(Int64(numbers.quantumFields))
            out.closeObject()
        }
    }

    private func data(_ kind: Query, _ query: ArchaeologyQuery) async throws(StoreError) -> [UInt8] {
        var out = JSONWriter()
        switch kind {
        case .patterns:
            let found = try await services.field.patterns(query)
            out.openObject()
            out.list("emergencePatterns", found.patterns) { $0.write(into: &$1) }
            out.field("totalEvents")
            out.integer(Int64(found.totalEvents))
            out.field("timeSpan")
            out.integer(found.timeSpan)
            out.closeObject()
        case .memoryTraces: try await services.field.memoryTraces(query).write(into: &out)
        case .sacredHistory: try await services.field.sacredHistory(query).write(into: &out)
        case .emergenceEvents:
            let found = try await services.field.emergence(query)
            out.openObject()
            out.list("events", found.events) { $0.write(into: &$1) }
            out.field("totalEvents")
            out.integer(Int64(found.totalEvents))
            out.field("timeSpan")
            out.integer(found.timeSpan)
            out.closeObject()
        }
        return out.bytes
    }
}

extension EmergencePattern {
    func write(into out: inout JSONWriter) {
        out.openObject()
        out.field("type")
        out.text(kind.rawValue)
        out.field("frequency")
        out.integer(Int64(frequency))
        out.field("avgIntensity")
        out.double(avgIntensity)
        out.field("participatingDevices")
        out.integer(Int64(participatingDevices))
        out.field("peakTime")
        out.integer(peakTime)
        out.closeObject()
    }
}

extension MemoryTraces {
    func write(into out: inout JSONWriter) {
        out.openObject()
        out.list("memoryFragments", fragments) { $0.write(into: &$1) }
        out.field("totalMemories")
        out.integer(Int64(totalMemories))
        out.field("crystallizedCount")
        out.integer(Int64(crystallizedCount))
        out.closeObject()
    }
}

extension SacredHistory {
    fileprivate func write(into out: inout JSONWriter) {
        out.openObject()
        out.list("phrases", phrases) { phrase, out in
            out.openObject()
            out.field("phrase")
            out.text(phrase.phrase)
            out.field("count")
            out.integer(Int64(phrase.count))
            out.field("devices")
            out.integer(Int64(phrase.devices))
            out.field("avgIntensity")
            out.double(phrase.avgIntensity)
            out.field("firstSeen")
            out.integer(phrase.firstSeen)
            out.field("lastSeen")
            out.integer(phrase.lastSeen)
            out.closeObject()
        }
        out.list("recent", recent) { particle, out in
            out.openObject()
            out.field("id")
            out.integer(particle.position.index)
            out.field("phrase")
            out.text(particle.phrase)
            out.field("deviceId")
            out.text(particle.device)
            out.field("intensity")
            out.double(particle.intensity.value)
            out.field("timestamp")
            out.integer(particle.at)
            out.closeObject()
        }
        out.field("totalPhrases")
        out.integer(Int64(totalPhrases))
        out.field("uniquePhrases")
        out.integer(Int64(uniquePhrases))
        out.field("timeSpan")
        out.integer(timeSpan)
        out.closeObject()
    }
}

extension Emergence {
    func write(into out: inout JSONWriter) {
        out.openObject()
        out.field("id")
        out.integer(position.index)
        out.field("type")
        out.text(kind.rawValue)
        out.field("source")
        out.text(source.rawValue)
        if let device {
            out.field("deviceId")
            out.text(device)
        }
        out.field("intensity")
        out.double(intensity)
        out.field("participants")
        out.integer(Int64(participants))
        out.field("timestamp")
        out.integer(at)
        out.closeObject()
    }
}
