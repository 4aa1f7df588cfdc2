import Basics
import FilesDriver
import Glibc
import Model
import OpenSSLDriver
import Ports
import SQLiteDriver
import TestSupport
import Testing

@testable import Stores

/// What SQLite leaves in its files: after a crash, a power cut, a purge.
@Suite(.timeLimit(.minutes(10))) struct SQLiteFilesTests {
    private typealias Sample = RowsSample
    let fixture: SQLiteRowsFixture

    init() throws {
        try Crypto.prepare()
        fixture = try SQLiteRowsFixture()
    }

    private func open(_ path: String? = nil, _ mode: SQLiteRows.Options.Mode = .readWrite) async throws -> SQLiteRows {
        var options = SQLiteRows.Options()
        options.mode = mode
        options.patience = .milliseconds(20)
        return try await SQLiteRows.open(
            path ?? fixture.path,
            options,
            migrations: Sample.migrations,
            clock: FixedClock()
        )
    }

    private func digest(_ rows: any Rows) async throws -> RowsDigest {
        try await rows.digest(of: Sample.view, .live) { RunningSHA256() }
    }

    private func write(_ rows: any Rows, _ position: Int64, _ random: inout SeededRandom) async throws {
        var added: [Row] = []
        for _ in 0..<(1 + random.below(30)) {
            let id = Int64(random.below(200))
            added.append(Sample.thing(id, "at \(position)", load: random.bytes(random.below(300)), rank: position))
        }
        try await rows.write(Sample.view.name) { [added] transaction throws(StoreError) in
            for row in added { try transaction.put(row, in: Sample.things) }
            try transaction.advance(to: Position(position))
        }
    }

    @Test func areForTheirOwnerOnly() async throws {
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        for name in try PosixDisk(path: fixture.folder.path).names() {
            var status = stat()
            #expect(unsafe stat("\(fixture.folder.path)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
        await rows.close()
        #expect(try PosixDisk(path: fixture.folder.path).names() == ["rows.db"])
    }

    @Test func releasedTheyLeaveNoLogBehind() async throws {
        for _ in 0..<20 {
            let writer = try await releasedWriter()
            await writer.end()
            #expect(try PosixDisk(path: fixture.folder.path).names() == ["rows.db"])
        }
    }

    /// The writer's threads of rows that nobody holds any more.
    private func releasedWriter() async throws -> Threads<SQLiteSession> {
        var options = SQLiteRows.Options()
        options.readerCount = 6
        let rows = try await SQLiteRows.open(
            fixture.path,
            options,
            migrations: Sample.migrations,
            clock: FixedClock()
        )
        _ = try await rows.adopt(Sample.view)
        try await rows.write(Sample.view.name) { transaction throws(StoreError) in
            try transaction.put(Sample.thing(1), in: Sample.things)
        }
        _ = try await rows.positions()
        return rows.writer
    }

    /// Whatever part of the log a power cut keeps, rows and position are of one moment that was.
    @Test func aPowerCutKeepsAWholeNumberOfTransactions() async throws {
        var random = SeededRandom(seed: 31)
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        var moments = [try await digest(rows).position: try await digest(rows).hash]
        for position in 0..<40 {
            try await write(rows, Int64(position), &random)
            let digest = try await digest(rows)
            moments[digest.position] = digest.hash
        }
        let database = try fixture.folder.bytes(of: "rows.db")
        let log = try fixture.folder.bytes(of: "rows.db-wal")
        #expect(log.count > 1_000_000)
        var seen: Set<Position?> = []
        for cut in 0..<60 {
            let copy = try TemporaryFolder()
            var torn = Array(log[..<random.below(log.count)])
            // The last sector may hold anything.
            if cut.isMultiple(of: 2) { torn += random.bytes(random.below(5000)) }
            try copy.write(database, to: "rows.db")
            try copy.write(torn, to: "rows.db-wal")
            let rest = try await open(copy.path + "/rows.db")
            _ = try await rest.adopt(Sample.view)
            let digest = try await digest(rest)
            #expect(moments[digest.position] == digest.hash, "cut \(cut)")
            seen.insert(digest.position)
            await rest.close()
        }
        #expect(seen.count > 10)
        await rows.close()
    }

    @Test func aPurgeThatACrashBrokeOffIsDoneByTheNextStart() async throws {
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        let mark = Array("SOMETHING TO FORGET".utf8)
        try await rows.write(Sample.view.name) { transaction throws(StoreError) in
            for id in 0..<300 as Range<Int64> {
                let load = Array(repeatElement(mark, count: 1 + Int(id % 40)).joined())
                try transaction.put(Sample.thing(id, load: load), in: Sample.things)
            }
        }
        try await rows.write(Sample.view.name) { transaction throws(StoreError) in
            try transaction.deleteAll(under: [], from: Sample.things)
            try transaction.owePurge()
        }
        let copy = try TemporaryFolder()
        for name in ["rows.db", "rows.db-wal"] { try copy.write(try fixture.folder.bytes(of: name), to: name) }
        await rows.close()
        #expect(try copy.contains(mark))
        let next = try await open(copy.path + "/rows.db")
        #expect(try !copy.contains(mark))
        await next.close()
    }

    @Test func aPurgeWaitsForReadersAndSaysSo() async throws {
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        let began = BlockingQueue<Void>()
        let purged = BlockingQueue<Void>()
        async let reading = rows.read { snapshot throws(StoreError) in
            _ = try snapshot.position(of: Sample.view.name)
            began.append(())
            _ = purged.take()
            return try snapshot.rows(Scan(Sample.things)).count
        }
        let executor = ThreadExecutor(name: "waiting")
        await withTaskExecutorPreference(executor) { _ = began.take() }
        var random = SeededRandom(seed: 1)
        try await write(rows, 0, &random)
        do {
            try await rows.purge()
            Issue.record("the reader's snapshot was taken away")
        } catch {
            #expect(error.kind == .unavailable && error.retry == .after(.milliseconds(100)))
        }
        purged.append(())
        #expect(try await reading == 0)
        try await rows.purge()
        await rows.close()
        executor.stop()
    }

    @Test func canBeReadBesideAWriter() async throws {
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        var random = SeededRandom(seed: 2)
        try await write(rows, 5, &random)
        let beside = try await open(nil, .readOnly)
        _ = try await beside.adopt(Sample.view)
        #expect(try await digest(beside) == digest(rows))
        try await write(rows, 6, &random)
        #expect(try await digest(beside) == digest(rows))
        #expect(try await beside.positions().map(\.position) == [Position(6)])
        await #expect(throws: StoreError.self) { try await beside.write(Sample.view.name) { _ throws(StoreError) in } }
        await #expect(throws: StoreError.self) { try await beside.discard(Sample.view.name, .live) }
        await #expect(throws: StoreError.self) { try await beside.purge() }
        await beside.close()
        try await write(rows, 7, &random)
        await rows.close()
    }

    @Test func aPromotionLeavesTheCatalogueAsMigrated() async throws {
        let rows = try await open()
        _ = try await rows.adopt(Sample.view)
        let before = try catalogue()
        #expect(before.count == 8)
        for _ in 0..<2 {
            try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                try transaction.put(Sample.thing(1), in: Sample.things)
            }
            #expect(try catalogue().count == 13)
            try await rows.promote(Sample.view.name)
            #expect(try catalogue() == before)
        }
        await rows.close()
    }

    @Test func tablesMustBeAsDeclared() async throws {
        let changes = [
            "DROP TABLE links", "DROP INDEX things_by_owner", "ALTER TABLE things ADD COLUMN more TEXT",
            "ALTER TABLE things RENAME COLUMN label TO name",
        ]
        for change in changes {
            let fixture = try SQLiteRowsFixture()
            await (try fixture.open()).close()
            try Connection(path: fixture.path, .readWrite, patience: .seconds(1)).execute(change)
            let rows = try await fixture.open()
            await #expect(throws: StoreError.self, "\(change)") { _ = try await rows.adopt(Sample.view) }
            _ = try await rows.adopt(Sample.other)
            await rows.close()
        }
    }

    /// No scan sorts, and none with a prefix reads the whole table.
    @Test func everyScanFollowsAnIndex() throws {
        let connection = try Connection(path: fixture.path, .readWrite, patience: .seconds(1))
        try connection.execute(SQLiteMigration.script(of: Sample.migrations))
        var scans: [Scan] = []
        for order in [Scan.Order.ascending, .descending] {
            for var scan in [
                Scan(Sample.things), Scan(Sample.links), Scan(Sample.links, prefix: [.text("a")]),
                Scan(Sample.links, prefix: [.text("a"), .blob([])]), Scan(Sample.marks),
                Scan(Sample.things, by: ["owner"]), Scan(Sample.things, by: ["owner"], prefix: [.text("o")]),
                Scan(Sample.things, by: ["owner"], prefix: [.null]), Scan(Sample.things, by: ["rank", "label"]),
                Scan(Sample.things, by: ["rank", "label"], prefix: [.integer(1)]),
                Scan(Sample.things, by: ["rank", "label"], prefix: [.integer(1), .text("l")]),
            ] {
                scan.order = order
                scans.append(scan)
                scan.limit = 5
                scans.append(scan)
            }
        }
        for scan in scans {
            let text = "EXPLAIN QUERY PLAN \(SQLiteTableText(scan.table, .live).scan(scan))"
            let plan = try connection.withStatement(text) { statement throws(Failure) in
                var lines: [String] = []
                while try statement.step() == .row { lines.append(statement.text(at: 3)) }
                return lines
            }
            #expect(plan.count == 1 && !plan[0].contains("TEMP B-TREE"), "\(scan): \(plan)")
            #expect(scan.prefix.isEmpty || plan[0].hasPrefix("SEARCH"), "\(scan): \(plan)")
        }
    }

    @Test func failuresKeepTheirMeaning() {
        let kinds: [Failure.Kind: StoreError.Kind] = [
            .full: .exhausted, .readOnly: .unavailable, .busy: .unavailable, .corrupt: .corrupt,
            .notDatabase: .corrupt, .inputOutput: .unavailable, .cannotOpen: .unavailable, .constraint: .conflict,
            .unfit: .invalid, .badStatement: .unexpected, .outOfMemory: .unavailable, .interrupted: .cancelled,
            .closed: .cancelled, .other: .unexpected,
        ]
        for kind in Failure.Kind.allCases {
            let error = StoreError(Failure(kind, message: "why"), in: "try")
            #expect(error.kind == kinds[kind])
            #expect("\(error)" == "SQLite: try: \(error.kind.rawValue) (why)")
        }
    }

    // MARK: Files

    private func catalogue() throws -> [String] {
        let connection = try Connection(path: fixture.path, .readOnly, patience: .seconds(1))
        return try connection.withStatement(
            "SELECT type || name || tbl_name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1"
        ) { statement throws(Failure) in
            var lines: [String] = []
            while try statement.step() == .row { lines.append(statement.text(at: 0)) }
            return lines
        }
    }
}
