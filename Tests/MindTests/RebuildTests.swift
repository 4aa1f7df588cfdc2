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

/// A view equals its rebuild, forgotten bodies included, and leaves no byte of them.
@Suite(.timeLimit(.minutes(10))) struct RebuildTests {
    let tests: ProjectorTests
    var scenario: ViewScenario { tests.scenario }

    init() throws { tests = try ProjectorTests() }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func aViewEqualsItsRebuild(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let rows = MemoryRows()
        let projector = try await tests.projector(rows, pageEvents: 9)
        try await tests.running(projector) {
            for _ in 0..<12 {
                for _ in 0..<10 {
                    try await scenario.fill(1 + random.below(5), &random, forgets: 150)
                    if random.chance(500) { try await projector.reached(try tests.end()) }
                }
                let purpose: RebuildPurpose = random.chance(500) ? .check : .replace
                let report = try await projector.rebuild("agents", purpose) { RunningSHA256() }
                #expect(report.isSame, "seed \(seed)")
            }
            try await projector.reached(try tests.end())
        }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
    }

    @Test func rowsChangedByHandAreFoundAndReplaced() async throws {
        var random = SeededRandom(seed: 7)
        try await scenario.fill(50, &random)
        let rows = MemoryRows()
        let projector = try await tests.projector(rows)
        try await tests.running(projector) { try await projector.reached(try tests.end()) }
        try await rows.write("agents") { transaction throws(StoreError) in
            guard var row = try transaction.rows(Scan(AgentsView.table)).first else { return }
            row[1] = .integer(1_000_000)
            try transaction.put(row, in: AgentsView.table)
        }
        #expect(try await !projector.rebuild("agents", .check) { RunningSHA256() }.isSame)
        #expect(try await !projector.rebuild("agents", .replace) { RunningSHA256() }.isSame)
        #expect(try await projector.rebuild("agents", .check) { RunningSHA256() }.isSame)
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
    }

    /// A rebuild that is broken off anywhere leaves the live rows, and can be done again.
    @Test func aBrokenRebuildChangesNothing() async throws {
        var random = SeededRandom(seed: 8)
        try await scenario.fill(40, &random)
        let rows = MemoryRows()
        let whole = try await tests.projector(rows)
        let expected = try await whole.rebuild("agents", .check) { RunningSHA256() }
        for step in 0..<60 {
            let crash = CrashPoint(at: step)
            let broken = try await tests.projector(
                CrashingRows(inner: rows, crash: crash),
                ledger: CrashingLedger(inner: scenario.ledger, crash: crash),
                pageEvents: 10
            )
            _ = try? await broken.rebuild("agents", step.isMultiple(of: 2) ? .check : .replace) { RunningSHA256() }
            let next = try await tests.projector(rows)
            let report = try await next.rebuild("agents", .check) { RunningSHA256() }
            #expect(report == expected, "step \(step)")
        }
    }

    @Test func aForgetIsDoneWhenNoFileKeepsAByte() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/rows.db"
        let rows = try await SQLiteRows.open(path, migrations: ViewCatalogue.migrations, clock: StillClock())
        let projector = try await tests.projector(rows)
        let marks = (0..<3).map { Array("body of subject \($0), to be forgotten".utf8) }
        try await tests.running(projector) {
            for agent in 0..<400 {
                for (subject, mark) in marks.enumerated() where (agent + subject).isMultiple(of: 3) {
                    try await say("agent-\(agent)", mark, about: "subject-\(subject)")
                }
            }
            try await projector.reached(try tests.end())
            _ = try await projector.keepBases()
            for (subject, mark) in marks.enumerated() {
                #expect(try folder.contains(mark))
                let position = try requireNotNil(try await scenario.forget("subject-\(subject)"))
                try await projector.forgotten(through: position)
                #expect(try !folder.contains(mark), "\(subject)")
            }
            #expect(try await projector.rebuild("agents", .check) { RunningSHA256() }.isSame)
        }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
        await rows.close()
    }

    private func say(_ agent: String, _ mark: [UInt8], about subject: String) async throws {
        let event = Event(
            agent: try AgentID(agent),
            type: .touch,
            body: try Body(Fields([("mark", .text(String(decoding: mark, as: UTF8.self)))])),
            subject: try SubjectID(subject)
        )
        _ = try await scenario.ledger.append([Submission(event, by: .open)])
    }
}
