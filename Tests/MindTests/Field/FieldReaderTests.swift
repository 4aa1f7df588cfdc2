import Basics
import Field
import Model
import Ports
import Stores
import TestSupport
import Testing
import Views

/// What is read is what was folded, now and then.
@Suite(.timeLimit(.minutes(5))) struct FieldReaderTests {
    let scenario: FieldScenario

    init() throws { scenario = try FieldScenario() }

    private func reader(_ rows: any Rows, _ projector: Projector, startedAt: Int64 = 0) -> FieldReader {
        FieldReader(rows: rows, ledger: scenario.ledger, startedAt: startedAt) {
            projector.position(of: FieldView.name)
        }
    }

    private func catchUp(_ projector: Projector) async throws {
        _ = try await projector.rebuild(FieldView.name, .check) { NoHash() }
    }

    @Test func beforeTheFirstEvent() async throws {
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 10)
        let state = try await reader(rows, projector, startedAt: 5).state(now: 7)
        let json = """
            {"nodeId":"global","globalResonance":0.5,"activeNodes":0,"memoryParticles":[],"quantumFields":[],\
            "collectiveIntelligence":0.3,"room64Active":false,"lastUpdate":5}
            """
        #expect(String(decoding: state.json, as: UTF8.self) == json && state.position == nil)
    }

    /// The state at any position is, byte for byte, the one that was shown when it was the last.
    @Test(arguments: [1, 2, 3] as [UInt64]) func thePastIsAsItWas(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 7)
        let reader = reader(rows, projector)
        var shown: [(position: Position, time: Int64, json: [UInt8])] = []
        for _ in 0..<40 {
            try await scenario.fill(1 + random.below(5), &random, forgets: 0)
            try await catchUp(projector)
            let now = try await scenario.events().last?.head.received.milliseconds ?? 0
            let state = try await reader.state(now: now)
            shown.append((try requireNotNil(state.position), now, state.json))
            #expect(try await reader.state(now: now).json == state.json)
        }
        for (index, moment) in shown.enumerated() {
            let state = try await reader.state(at: .position(moment.position), now: 0)
            #expect(state.json == moment.json, "seed \(seed), position \(moment.position)")
            #expect(state.position == moment.position)
            guard index + 1 < shown.count, shown[index + 1].time > moment.time else { continue }
            #expect(try await reader.state(at: .time(shown[index + 1].time - 1), now: 0).json.count > 0)
        }
    }

    @Test func checkpointsEndEverySum() async throws {
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 3000)
        let reader = reader(rows, projector)
        for start in stride(from: 0, to: 9_000, by: 1_000) {
            let batch = try (start..<(start + 1_000)).map { number in
                var event = Event(agent: try AgentID("device-\(number % 7)00"), type: .touch)
                if number % 500 == 0 {
                    event.type = FieldKind.roomJoin.type
                    event.room = try RoomID("r\(number)")
                } else if number % 90 == 0 {
                    event.body = try Body(Fields([("intensity", .double(0.01))]))
                }
                return Submission(event, by: .open)
            }
            _ = try await scenario.ledger.append(batch)
        }
        try await catchUp(projector)
        let whole = try await reader.numbers(now: scenario.clock.milliseconds())
        #expect(whole.globalResonance > 0.55 && whole.globalResonance < 0.65)
        for end in [0, 4_094, 4_095, 4_096, 8_191, 8_192, 8_999] as [Int64] {
            let numbers = try await reader.numbers(at: .position(Position(end)), now: 0)
            #expect(numbers.activeRooms == Int(end / 500) + 1)
            let touches = (0...end).count { (number: Int64) in number % 90 == 0 && number % 500 != 0 }
            let expected: Double = 0.5 + Double(touches) / 1000
            #expect(abs(numbers.globalResonance - expected) < 1e-9)
        }
    }

    @Test func whoIsThereIsCountedForFiveMinutes() throws {
        let presence = Presence()
        var random = SeededRandom(seed: 3)
        var model: [String: Int64] = [:]
        var now: Int64 = 1_781_954_400_000
        for _ in 0..<5_000 {
            now += Int64(random.below(40)) * 100
            let name = "device-\(random.below(400))"
            model[name] = now
            presence.saw(try AgentID(name), at: now)
            let border = now - 300_000
            #expect(presence.count(now: now) == model.values.count { $0 > border })
        }
        presence.saw(.unknown, at: now)
        presence.saw(.prima, at: now)
        #expect(presence.count(now: now + 299_999) == 1)
        #expect(presence.count(now: now + 300_000) == 0)
    }

    @Test func archaeologyCountsAndPages() async throws {
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 100)
        let reader = reader(rows, projector)
        let start = scenario.clock.milliseconds()
        for number in 0..<240 {
            scenario.clock.pass(number < 200 ? 10_000 : 100)
            let phrase: Value = .text(number.isMultiple(of: 3) ? "still water" : "fire \(number % 7)")
            let intensity: Value = .double(Double(number % 10) / 10)
            try await scenario.say(
                "device-\(number % 4)",
                "SACRED_PHRASE",
                [("phrase", phrase), ("intensity", intensity)]
            )
        }
        try await catchUp(projector)
        var query = ArchaeologyQuery(range: start...scenario.clock.milliseconds())
        let traces = try await reader.memoryTraces(query)
        #expect(traces.totalMemories == 240 && traces.crystallizedCount == 48 && traces.fragments.count == 50)
        let newest: [Int64] = Array((190..<240).reversed())
        #expect(traces.fragments.map(\.position.index) == newest)
        let patterns = try await reader.patterns(query)
        #expect(patterns.patterns.map(\.frequency) == [240] && patterns.totalEvents == 240)
        let pattern = try #require(patterns.patterns.first)
        #expect(pattern.participatingDevices == 4 && abs(pattern.avgIntensity - 0.45) < 1e-9)
        #expect(pattern.peakTime > scenario.clock.milliseconds() - 60_000)
        var seen: [Int64] = []
        query.minIntensity = 0.5
        query.phrases = ["fire"]
        while true {
            let page = try await reader.sacredHistory(query)
            #expect(page.totalPhrases == 240 && page.uniquePhrases == 8)
            seen += page.recent.map(\.position.index)
            guard let next = page.next else { break }
            query.cursor = next
        }
        let wanted: [Int64] = (0..<240).filter { (number: Int64) in number % 10 >= 5 && number % 3 != 0 }
        #expect(seen == Array(wanted.reversed()))
        query = ArchaeologyQuery(range: start...scenario.clock.milliseconds())
        query.devices = [try AgentID("device-1"), try AgentID("device-2")]
        #expect(try await reader.memoryTraces(query).totalMemories == 120)
        let phrases = try await reader.sacredHistory(query).phrases
        #expect(phrases.map(\.count) == phrases.map(\.count).sorted(by: >))
        #expect(phrases.first?.phrase == "still water" && phrases.first?.devices == 2)
    }

    @Test func whatEmergesIsFoundAndWhatIsChanceIsNot() async throws {
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 100)
        let reader = reader(rows, projector)
        let start = scenario.clock.milliseconds()
        for number in 0..<30 {
            scenario.clock.pass(30_000)
            let phase: Value = .integer(Int64(number * 137 % 360))
            try await scenario.say("device-\(number % 4)", "BREATH", [("breathingPhase", phase)])
        }
        try await catchUp(projector)
        let query = ArchaeologyQuery(range: start...(start + 3_600_000))
        #expect(try await reader.emergence(query).events.isEmpty)
        for number in 0..<16 {
            scenario.clock.pass(500)
            try await scenario.say("device-\(number % 4)", "BREATH", [("breathingPhase", .integer(Int64(90 + number)))])
            let place: [(String, Value)] = [("intensity", .integer(1)), ("x", .integer(5)), ("y", .integer(6))]
            try await scenario.say("device-\(number % 4)", "SPIRAL", place)
            try await scenario.say("device-\(number % 4)", "SACRED_PHRASE", [("phrase", .text("we are one"))])
        }
        try await scenario.say("device-1", "BLOOM", [("intensity", .double(0.4))])
        try await catchUp(projector)
        let found = try await reader.emergence(query).events
        let names = Set(found.map { "\($0.source.rawValue) \($0.kind.rawValue)" })
        let expected: Set = [
            "declared BLOOM", "detected BLOOM", "detected BREATH_SYNCHRONIZATION", "detected SPIRAL_CONVERGENCE",
            "detected MEMORY_CRYSTALLIZATION",
        ]
        #expect(names == expected)
        #expect(found.filter { $0.source == .declared }.map(\.device) == ["device-1"])
    }

    @Test func aSnapshotShowsOneDevice() async throws {
        var random = SeededRandom(seed: 12)
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 100)
        let reader = reader(rows, projector)
        try await scenario.fill(500, &random, forgets: 0)
        try await catchUp(projector)
        var query = SnapshotQuery()
        query.parts = [.archaeology, .vectors]
        query.eventLimit = 5
        let now = scenario.clock.milliseconds()
        let snapshot = try await reader.snapshot(query, of: try AgentID("device-0001"), now: now)
        #expect(snapshot.events.count == 5 && snapshot.events.allSatisfy { $0.device == "device-0001" })
        #expect(snapshot.particles.count == 15 && snapshot.fields.count == 5)
        let movement = try #require(snapshot.movement)
        #expect(movement.particleCount == snapshot.numbers.particles)
        #expect(movement.phrases.reduce(0) { $0 + $1.count } == movement.particleCount)
        #expect(movement.flow.resonance.last == snapshot.numbers.globalResonance)
        #expect(movement.flow.intelligence.last == snapshot.numbers.collectiveIntelligence)
        #expect(snapshot.traces != nil && !snapshot.patterns.isEmpty)
        let measures = try await reader.measures(now: now)
        #expect(!measures.resonance.isPrior && measures.resonance.samples > 1 && abs(measures.resonance.value) <= 1)
        #expect(measures.participation.value > 0.9 && measures.collectiveIntelligence.isPrior)
        let plain = try await reader.snapshot(SnapshotQuery(), of: .unknown, now: now)
        #expect(plain.traces == nil && plain.patterns.isEmpty)
    }
}

/// Where only the rows matter.
struct NoHash: RunningHash {
    func update(_ bytes: [UInt8]) {}
    func finish() -> ContentHash { ContentHash(words: (0, 0, 0, 0)) }
}
