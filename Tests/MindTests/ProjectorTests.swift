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

/// Views are fed once, in order, across crashes, and forget.
@Suite(.timeLimit(.minutes(10))) struct ProjectorTests {
    let scenario: ViewScenario

    init() throws { scenario = try ViewScenario() }

    @Test func followsTheLedger() async throws {
        var random = SeededRandom(seed: 1)
        try await scenario.fill(300, &random)
        let rows = MemoryRows()
        let projector = try await projector(rows)
        try await running(projector) {
            try await projector.reached(try end())
            #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
            for _ in 0..<10 {
                try await scenario.fill(7, &random)
                try await projector.reached(try end(), by: "agents")
            }
        }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
        let lag = try #require(projector.lags().first)
        let last = try end()
        #expect(lag.positionsBehind == 0 && lag.millisecondsBehind == 0 && lag.position == last)
    }

    @Test func anEmptyLedgerIsAnEmptyView() async throws {
        let rows = MemoryRows()
        let projector = try await projector(rows)
        let report = try await projector.rebuild("agents", .check) { RunningSHA256() }
        #expect(report.isSame && report.live.position == nil && report.live.rowCount == 0)
    }

    /// Crashes at each step of a run, then at a random step of the next one, then goes on.
    @Test(arguments: [1, 2, 3] as [UInt64]) func crashesLoseAndRepeatNothing(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        try await scenario.fill(60, &random, forgets: 100)
        let expected = try await scenario.expectedAgents()
        var step = 0
        while !Task.isCancelled {
            let rows = MemoryRows()
            let crash = CrashPoint(at: step)
            let isDone = try await run(CrashingRows(inner: rows, crash: crash), crash)
            let second = CrashPoint(at: random.below(30))
            _ = try await run(CrashingRows(inner: rows, crash: second), second)
            let never = CrashPoint(at: .max)
            #expect(try await run(CrashingRows(inner: rows, crash: never), never))
            #expect(try await scenario.rows(of: rows) == expected, "seed \(seed) step \(step)")
            if isDone { break }
            step += 1
        }
        #expect(step > 60)
    }

    /// Each step fails once, before or after it was done, and the projector goes on by itself.
    @Test func faultsLoseAndRepeatNothing() async throws {
        var random = SeededRandom(seed: 12)
        try await scenario.fill(50, &random, forgets: 100)
        let expected = try await scenario.expectedAgents()
        var step = 0
        while !Task.isCancelled {
            let rows = MemoryRows()
            let fault = CrashPoint(at: step, .once)
            let projector = try await projector(
                CrashingRows(inner: rows, crash: fault),
                ledger: CrashingLedger(inner: scenario.ledger, crash: fault),
                pageEvents: 7
            )
            try await running(projector) { try await projector.reached(try end()) }
            #expect(try await scenario.rows(of: rows) == expected, "step \(step)")
            guard fault.hasCrashed else { break }
            step += 1
        }
        #expect(step > 50)
    }

    /// The same on files, opened again after every crash.
    @Test func crashesOnFilesToo() async throws {
        var random = SeededRandom(seed: 9)
        try await scenario.fill(80, &random, forgets: 100)
        let folder = try TemporaryFolder()
        for crash in 0..<30 {
            let rows = try await SQLiteRows.open(
                folder.path + "/rows.db",
                migrations: ViewCatalogue.migrations,
                clock: StillClock()
            )
            let crash = CrashPoint(at: crash)
            _ = try await run(CrashingRows(inner: rows, crash: crash), crash)
            await rows.close()
        }
        let rows = try await SQLiteRows.open(
            folder.path + "/rows.db",
            migrations: ViewCatalogue.migrations,
            clock: StillClock()
        )
        let projector = try await projector(rows)
        try await running(projector) { try await projector.reached(try end()) }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
        #expect(try await projector.rebuild("agents", .check) { RunningSHA256() }.isSame)
        await rows.close()
    }

    /// Runs until the end of the ledger or the crash; returns whether the end was reached.
    private func run(_ rows: CrashingRows, _ crash: CrashPoint) async throws -> Bool {
        let ledger = CrashingLedger(inner: scenario.ledger, crash: crash)
        let projector = try await projector(rows, ledger: ledger, pageEvents: 7)
        let last = try end()
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await projector.run()
                return false
            }
            group.addTask { (try? await projector.reached(last)) != nil }
            group.addTask {
                while !crash.hasCrashed, !Task.isCancelled { await Task.yield() }
                return false
            }
            let isDone = await group.next() ?? false
            group.cancelAll()
            return isDone
        }
    }

    func end() throws -> Position { try #require(Position(checking: scenario.ledger.extent.durable)) }

    func projector(
        _ rows: any Rows,
        views: [any View] = [AgentsView()],
        ledger: (any Ledger)? = nil,
        pageEvents: Int = 50,
        clock: ImpatientClock = ImpatientClock(),
        report: @escaping @Sendable (ViewFailure) -> Void = { _ in }
    ) async throws -> Projector {
        var limits = ProjectorLimits()
        limits.pageEvents = pageEvents
        return try await Projector(
            views,
            of: ledger ?? scenario.ledger,
            in: rows,
            limits: limits,
            clock: clock,
            wallClock: StillClock(),
            report: report
        )
    }

    /// Runs the projector beside `body`, and stops it by cancelling.
    func running(_ projector: Projector, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await projector.run() }
            try await body()
            group.cancelAll()
        }
    }
}

extension ProjectorTests {
    @Test func aFailingViewWaitsAndNeverSkips() async throws {
        var random = SeededRandom(seed: 4)
        try await scenario.fill(40, &random)
        let rows = MemoryRows()
        let clock = ImpatientClock()
        let failures = Lock<[ViewFailure]>([])
        let stubborn = StubbornView(failures: 12)
        let projector = try await projector(rows, views: [AgentsView(), stubborn], pageEvents: 8, clock: clock) {
            failure in
            failures.withLock { $0.append(failure) }
        }
        try await running(projector) { try await projector.reached(try end()) }
        let seen = failures.withLock { $0 }
        #expect(seen.count == 12 && seen.allSatisfy { $0.view == "stubborn" && $0.after == -1 })
        #expect(seen.map(\.failures) == Array(1...12))
        #expect(clock.delays == seen.map(\.delay))
        #expect(seen[0].delay == .milliseconds(50) && seen[1].delay == .milliseconds(100))
        #expect(seen[11].delay == .seconds(10))
        let folded = try await rows.read { snapshot throws(StoreError) in
            try snapshot.rows(Scan(StubbornView.table)).map { $0[0].integer ?? -1 }
        }
        #expect(folded == (0..<40).map(Int64.init))
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
        #expect(projector.lags().map(\.failures) == [0, 0])
    }

    @Test func aViewRestsAfterASmallStep() async throws {
        var random = SeededRandom(seed: 6)
        try await scenario.fill(5, &random)
        let clock = ImpatientClock()
        let projector = try await projector(MemoryRows(), clock: clock)
        try await running(projector) {
            for _ in 0..<10_000_000 where clock.delays.isEmpty { await Task.yield() }
        }
        #expect(clock.delays.first == ProjectorLimits().rest)
        #expect(projector.lags().first?.positionsBehind == 0)
    }

    @Test func aFloodGoesAsFastAsItsViews() async throws {
        let rows = MemoryRows()
        var limits = ProjectorLimits()
        limits.pageEvents = 8
        limits.crowded = 16..<100_000
        let projector = try await Projector(
            [AgentsView()],
            of: scenario.ledger,
            in: rows,
            limits: limits,
            clock: ImpatientClock(),
            wallClock: StillClock(),
            report: { _ in }
        )
        let scenario = scenario
        try await running(projector) {
            // It holds nobody before it runs.
            try await scenario.say("a", 1)
            try await projector.reached(try end())
            for number in 2...200 {
                await withCheckedContinuation { continuation in projector.whenNear { continuation.resume() } }
                let behind = projector.lags().first?.positionsBehind ?? 0
                #expect(behind < 40)
                try await scenario.say("a", Int64(number))
            }
            try await projector.reached(try end())
        }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
    }

    @Test func aLagIsShownWhileAViewStands() async throws {
        try await scenario.say("a", 1)
        try await scenario.say("a", 2)
        let projector = try await projector(MemoryRows())
        let lag = try #require(projector.lags().first)
        #expect(lag.positionsBehind == 2 && lag.position == nil && lag.millisecondsBehind > 0)
    }

    @Test func waitingEndsWithTheTask() async throws {
        let projector = try await projector(MemoryRows())
        let waiting = Task { try await projector.reached(Position(5)) }
        waiting.cancel()
        await #expect(throws: StoreError.self) { try await waiting.value }
        await #expect(throws: StoreError.self) { try await projector.reached(Position(5), by: "stranger") }
    }

    /// Two projectors on the same rows, as two instances on one database: still once.
    @Test func twoProjectorsFoldOnce() async throws {
        var random = SeededRandom(seed: 21)
        let rows = MemoryRows()
        let one = try await projector(rows, pageEvents: 3)
        let other = try await projector(rows, pageEvents: 5)
        try await running(one) {
            try await running(other) {
                for _ in 0..<20 { try await scenario.fill(20, &random) }
                try await one.reached(try end())
                try await other.reached(try end())
            }
        }
        #expect(try await scenario.rows(of: rows) == scenario.expectedAgents())
    }

    @Test func whatRetentionDroppedIsReportedNotSkipped() async throws {
        var random = SeededRandom(seed: 5)
        try await scenario.fill(30, &random, forgets: 0)
        _ = try await scenario.ledger.retain(from: Position(10))
        let failures = Lock<[ViewFailure]>([])
        let rows = MemoryRows()
        let projector = try await projector(rows) { failure in failures.withLock { $0.append(failure) } }
        try await running(projector) {
            while failures.withLock({ $0.count }) < 3 { await Task.yield() }
        }
        #expect(failures.withLock { $0 }.allSatisfy { $0.error.kind == .notFound })
        #expect(try await scenario.rows(of: rows).isEmpty)
    }
}

/// Keeps the positions it saw, and fails a few times at first.
struct StubbornView: View {
    static let table = Table("stubborn", key: [.integer("position")], columns: [])

    let schema = ViewSchema("stubborn", version: 1, tables: [table])
    private let left: Lock<Int>

    init(failures: Int) { left = Lock(failures) }

    func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events { try transaction.put([.integer(event.position.index)], in: Self.table) }
        let fails = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw StoreError(.unexpected, in: "be stubborn") }
    }

    func forget(_: SubjectID, before _: Position, in _: any RowsTransaction) throws(StoreError) {}
}
