import Basics
import Catalogue
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing
import Views

/// A view with a base is rebuilt from it, and the base forgets with the view.
@Suite(.timeLimit(.minutes(10))) struct BaseTests {
    let tests: ProjectorTests
    var scenario: ViewScenario { tests.scenario }

    init() throws { tests = try ProjectorTests() }

    @Test(arguments: [1, 2, 3] as [UInt64]) func aRebuildBeginsWithTheBase(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let rows = MemoryRows()
        let projector = try await tests.projector(rows, pageEvents: 9)
        #expect(try await projector.lowestBase() == nil)
        #expect(try await projector.keepBases() == nil)
        try await tests.running(projector) {
            for round in 0..<6 {
                try await scenario.fill(30, &random, forgets: 120)
                try await projector.reached(try tests.end())
                let expected = try await scenario.rows(of: rows)
                let lowest = try await projector.keepBases()
                #expect(lowest == (try tests.end()))
                #expect(try await projector.lowestBase() == lowest)
                let first = try await scenario.ledger.retain(from: try requireNotNil(lowest))
                #expect(first == lowest)
                #expect(try await projector.rebuild("agents", .check) { RunningSHA256() }.isSame)
                try await scenario.fill(20, &random, forgets: 120)
                let purpose: RebuildPurpose = round.isMultiple(of: 2) ? .check : .replace
                #expect(try await projector.rebuild("agents", purpose) { RunningSHA256() }.isSame, "seed \(seed)")
                #expect(try await scenario.rows(of: rows) != expected)
            }
        }
    }

    @Test func withoutABaseAndWithoutTheEventsThereIsNoRebuild() async throws {
        var random = SeededRandom(seed: 1)
        try await scenario.fill(30, &random)
        let rows = MemoryRows()
        let projector = try await tests.projector(rows)
        try await tests.running(projector) { try await projector.reached(try tests.end()) }
        let before = try await scenario.rows(of: rows)
        _ = try await scenario.ledger.retain(from: Position(10))
        do {
            _ = try await projector.rebuild("agents", .replace) { RunningSHA256() }
            Issue.record("a rebuild without the first events")
        } catch {
            #expect(error.kind == .notFound)
        }
        #expect(try await scenario.rows(of: rows) == before)
    }

    @Test func aNewVersionIsRefusedWhenItCannotBeMade() async throws {
        var random = SeededRandom(seed: 1)
        try await scenario.fill(30, &random)
        let folder = try TemporaryFolder()
        let path = folder.path + "/rows.db"
        let rows = try await SQLiteRows.open(path, migrations: ViewCatalogue.migrations, clock: StillClock())
        let projector = try await tests.projector(rows)
        try await tests.running(projector) { try await projector.reached(try tests.end()) }
        let before = try await scenario.rows(of: rows)
        _ = try await scenario.ledger.retain(from: Position(10))
        await rows.close()
        let next = try await SQLiteRows.open(path, migrations: ViewCatalogue.migrations, clock: StillClock())
        do {
            _ = try await tests.projector(next, views: [NextAgentsView()])
            Issue.record("the rows were dropped")
        } catch let error as StoreError {
            #expect(error.kind == .unsupported)
        }
        _ = try await tests.projector(next)
        #expect(try await scenario.rows(of: next) == before)
        await next.close()
    }

    /// Wherever a forget is broken off, the next start leaves no base that is older than it.
    @Test func aBaseIsNeverOlderThanAForget() async throws {
        let rows = MemoryRows()
        let first = try await tests.projector(rows)
        try await tests.running(first) {
            for agent in 0..<5 { try await scenario.say("a\(agent)", 1, about: "s\(agent % 2)") }
            try await first.reached(try tests.end())
        }
        _ = try await first.keepBases()
        for step in 0..<40 {
            try await scenario.say("a\(step % 5)", 2, about: "s0")
            let forget = try requireNotNil(try await scenario.forget("s0"))
            let crash = CrashPoint(at: step % 20)
            let broken = try await tests.projector(CrashingRows(inner: rows, crash: crash), pageEvents: 3)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await broken.run() }
                group.addTask { try? await broken.forgotten(through: forget) }
                group.addTask {
                    while !crash.hasCrashed, !Task.isCancelled { await Task.yield() }
                }
                // The last two end; whichever is first, the world ends.
                await group.next()
                group.cancelAll()
            }
            let next = try await tests.projector(rows)
            let (live, base) = try await (position(rows, .live), position(rows, .base))
            if live >= forget { #expect(base >= forget, "step \(step)") }
            try await tests.running(next) { try await next.forgotten(through: forget) }
            #expect(try await position(rows, .base) >= forget)
            let bodies = try await rows.read(.base) { snapshot throws(StoreError) in
                try snapshot.rows(Scan(AgentsView.table, by: ["last_subject"], prefix: [.text("s0")])).compactMap {
                    $0[0].text == "prima" ? nil : $0[5].blob
                }
            }
            #expect(bodies.isEmpty)
        }
    }

    private func position(_ rows: any Rows, _ generation: Generation) async throws -> Position {
        let position = try await rows.read(generation) { snapshot throws(StoreError) in
            try snapshot.position(of: "agents")
        }
        return try requireNotNil(position)
    }
}

/// `agents` as a later binary might fold it.
private struct NextAgentsView: View {
    let schema = ViewSchema("agents", version: 2, tables: [AgentsView.table])
    func apply(_: ArraySlice<StoredEvent>, in _: any RowsTransaction) throws(StoreError) {}
    func forget(_: SubjectID, before _: Position, in _: any RowsTransaction) throws(StoreError) {}
}
