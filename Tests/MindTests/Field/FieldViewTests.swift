import Basics
import Field
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing
import Views

/// The field's rows are what the contract's words give, at every page, and after every forget.
@Suite(.timeLimit(.minutes(5))) struct FieldViewTests {
    let scenario: FieldScenario

    init() throws { scenario = try FieldScenario() }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func rowsAreWhatTheModelSays(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 1 + random.below(20))
        for _ in 0..<12 {
            try await scenario.fill(30, &random)
            let report = try await projector.rebuild("field", random.chance(500) ? .check : .replace) {
                RunningSHA256()
            }
            #expect(report.isSame, "seed \(seed)")
            try await compare(rows, "seed \(seed)")
        }
    }

    @Test func theSameOnFiles() async throws {
        var random = SeededRandom(seed: 77)
        let folder = try TemporaryFolder()
        let rows = try await SQLiteRows.open(
            folder.path + "/rows.db",
            migrations: FieldFixture.migrations,
            clock: scenario.clock
        )
        let projector = try await scenario.projector(rows, pageEvents: 13)
        let memory = MemoryRows()
        for _ in 0..<6 {
            try await scenario.fill(100, &random)
            let other = try await scenario.projector(memory, pageEvents: 50)
            let onFiles = try await projector.rebuild("field", .check) { RunningSHA256() }
            let inMemory = try await other.rebuild("field", .check) { RunningSHA256() }
            #expect(onFiles.isSame && onFiles.live.hash == inMemory.live.hash)
            try await compare(rows, "files")
        }
        await rows.close()
    }

    @Test func theNewestThousandAreListed() async throws {
        let rows = MemoryRows()
        let projector = try await scenario.projector(rows, pageEvents: 90)
        for number in 0..<1_150 {
            let device = number.isMultiple(of: 7) ? "device-0007" : "device-0001"
            try await scenario.say(device, "SACRED_PHRASE", [("phrase", .text("\(number)"))])
        }
        _ = try await projector.rebuild("field", .check) { RunningSHA256() }
        try await compare(rows, "full")
        // What fell out comes back when newer ones are forgotten.
        _ = try await scenario.ledger.forget(try SubjectID("device-0007"), by: .token)
        #expect(try await projector.rebuild("field", .check) { RunningSHA256() }.isSame)
        try await compare(rows, "forgotten")
    }

    /// Compares the rows with the model.
    private func compare(_ rows: any Rows, _ note: Comment) async throws {
        let model = FieldModel(try await scenario.events())
        let tables = try await rows.read { snapshot throws(StoreError) in
            var tables: [String: [Row]] = [:]
            for table in FieldTables.all { tables[table.name] = try snapshot.rows(Scan(table)) }
            return tables
        }
        let states = try #require(tables["consciousness_states"])
        let global = try #require(states.first { $0[1].text == "global" }, note)
        #expect(isNear(global[2].real, model.resonance), note)
        #expect(isNear(global[6].real, model.intelligence), note)
        #expect(global[3].integer == Int64(model.activeNodes), note)
        #expect(global[7].integer == (model.rooms.values.contains { !$0.present.isEmpty } ? 1 : 0), note)
        #expect(global[8].integer == model.lastUpdate, note)
        try compareLists(global, model, note)
        for row in states where row[1].text != "global" {
            let expected = min(1, model.nodeResonance[row[1].text ?? ""] ?? -1)
            #expect(isNear(row[2].real, expected), note)
        }
        let events = try #require(tables["consciousness_events"])
        let processed = events.map { ($0[0].integer ?? -1, $0[5].integer == 1) }
        #expect(Dictionary(uniqueKeysWithValues: processed) == model.processed, note)
        #expect(events.allSatisfy { !($0[3].text ?? "<b>").contains("<b>") }, note)
        let rooms = try #require(tables["room64_sessions"]).map { try RoomRow($0) }
        let named = Dictionary(uniqueKeysWithValues: rooms.map { ($0.id, $0.room) })
        #expect(Set(named.keys) == Set(model.rooms.keys), note)
        for (id, room) in model.rooms {
            let found = try #require(named[id])
            #expect(found.present == room.present && found.phrases == room.phrases.suffix(100), note)
            #expect(found.phase == room.phase && found.lastBloom == room.lastBloom, note)
            #expect(isNear(found.level, room.level), note)
        }
        let targets = try #require(tables["entanglements"]).map { (($0[0].integer ?? 0) - 1, $0[3].text) }
        #expect(Dictionary(uniqueKeysWithValues: targets) == model.entanglements, note)
    }

    private func compareLists(_ global: Row, _ model: FieldModel, _ note: Comment) throws {
        let particles = try FieldFixture.list(global[4])
        let expected = model.particles.suffix(1_000).reversed()
        #expect(particles.count == expected.count, note)
        for (found, particle) in zip(particles, expected) {
            #expect(found["id"] == .text("\(particle.position)"), note)
            #expect(found["phrase"] == .text(particle.text) && found["sacredPhrase"] == found["phrase"], note)
            #expect(found["intensity"] == Value.number(particle.intensity), note)
            if let cell = particle.cell {
                #expect(found["x"] == .integer(Int64(cell.x)) && found["y"] == .integer(Int64(cell.y)), note)
            }
        }
        let fields = try FieldFixture.list(global[5])
        #expect(fields.map { $0["id"] } == model.fields.suffix(10).reversed().map { .text("\($0)") }, note)
    }

    private func isNear(_ one: Double?, _ other: Double) -> Bool { abs((one ?? -1) - other) < 1e-9 }
}

/// A row of `room64_sessions`, read by its JSON.
private struct RoomRow {
    let id: String
    let room: FieldModel.RoomModel

    init(_ row: Row) throws {
        id = try #require(row[1].text)
        var room = FieldModel.RoomModel()
        for participant in try FieldFixture.list(row[2]) {
            if case .text(let device)? = participant["deviceId"] { room.present.append(device) }
        }
        let state = try FieldFixture.map(row[3])
        room.phase = Self.number(state["breathingPhase"])
        room.level = Self.number(state["resonanceLevel"])
        room.lastBloom = Int64(Self.number(state["lastBloom"]))
        if case .array(let phrases)? = state["sacredPhrases"] {
            for phrase in phrases { if case .text(let text) = phrase { room.phrases.append(text) } }
        }
        self.room = room
    }

    private static func number(_ value: Value?) -> Double {
        switch value {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        default: -1
        }
    }
}

/// What tests of the field need.
enum FieldFixture {
    static let migrations = [Migration(1, "field", FieldTables.all.map { .create($0) })]

    static func list(_ value: RowValue) throws -> [Fields] {
        var reader = JSONReader(try #require(value.text).utf8.raw)
        guard case .array(let values) = try reader.value() else { throw Missing() }
        return try values.map { value in
            guard case .map(let fields) = value else { throw Missing() }
            return fields
        }
    }

    static func map(_ value: RowValue) throws -> Fields {
        var reader = JSONReader(try #require(value.text).utf8.raw)
        guard case .map(let fields) = try reader.value() else { throw Missing() }
        return fields
    }
}
