import SQLiteDriver
import TestSupport
import Testing

/// SQLite keeps values, transactions and its word about failures.
@Suite struct SQLiteConnectionTests {
    let folder: TemporaryFolder
    var path: String { folder.path + "/test.db" }

    init() throws { folder = try TemporaryFolder() }

    private func open(_ mode: Connection.Mode = .readWrite) throws -> Connection {
        try Connection(path: path, mode, patience: .milliseconds(10))
    }

    private func failure(_ body: () throws -> Void) -> Failure.Kind? {
        do {
            try body()
            return nil
        } catch { return (error as? Failure)?.kind }
    }

    @Test func saysItsVersion() { #expect(Connection.libraryVersion.hasPrefix("3.")) }

    @Test func keepsEveryKindOfValue() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t (i, r, s, b, n)")
        let texts = ["", "a", "é e\u{301} 𝄞", String(repeating: "long ", count: 9_000)]
        let blobs: [[UInt8]] = [[], [0], Array(0...255), Array(repeating: 0xAB, count: 100_000)]
        for (text, blob) in zip(texts, blobs) {
            try connection.withStatement("INSERT INTO t VALUES (?, ?, ?, ?, ?)") { statement throws(Failure) in
                #expect(statement.parameterCount == 5)
                try statement.bind(Int64.min, at: 1)
                try statement.bind(0.1, at: 2)
                try statement.bind(text, at: 3)
                try statement.bind(blob, at: 4)
                try statement.bindNull(at: 5)
                try statement.run()
            }
        }
        try connection.withStatement("SELECT i, r, s, b, n FROM t ORDER BY rowid") { statement throws(Failure) in
            #expect(statement.columnCount == 5)
            for (text, blob) in zip(texts, blobs) {
                #expect(try statement.step() == .row)
                #expect(statement.kind(at: 0) == .integer && statement.integer(at: 0) == .min)
                #expect(statement.kind(at: 1) == .real && statement.real(at: 1) == 0.1)
                #expect(statement.kind(at: 2) == .text && Array(statement.text(at: 2).utf8) == Array(text.utf8))
                #expect(statement.kind(at: 3) == .blob && statement.blob(at: 3) == blob)
                #expect(statement.kind(at: 4) == .null)
            }
            #expect(try statement.step() == .done)
        }
    }

    @Test func aStatementInUseIsAnotherOneInside() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t (i); INSERT INTO t VALUES (1), (2), (3)")
        var pairs: [Int64] = []
        try connection.withStatement("SELECT i FROM t ORDER BY i") { outer throws(Failure) in
            while try outer.step() == .row {
                try connection.withStatement("SELECT i FROM t ORDER BY i") { inner throws(Failure) in
                    while try inner.step() == .row { pairs.append(outer.integer(at: 0) * 10 + inner.integer(at: 0)) }
                }
            }
        }
        #expect(pairs == [11, 12, 13, 21, 22, 23, 31, 32, 33])
    }

    @Test func transactionsAreAllOrNothing() throws {
        struct Mind: Error {}
        let connection = try open()
        try connection.execute("CREATE TABLE t (i UNIQUE)")
        let attempt = { (throwsAtEnd: Bool) throws in
            try connection.transaction(.immediate, failing: { $0 as any Error }) { () throws(any Error) in
                try connection.execute("INSERT INTO t VALUES (1)")
                if throwsAtEnd { throw Mind() }
            }
        }
        #expect(throws: Mind.self) { try attempt(true) }
        #expect(!connection.isInTransaction)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try attempt(false)
        #expect(failure { try attempt(false) } == .constraint)
        #expect(!connection.isInTransaction)
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func tellsFailuresApart() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT NOT NULL) STRICT")
        #expect(failure { try connection.execute("SELEKT") } == .badStatement)
        #expect(failure { try connection.execute("SELECT * FROM nowhere") } == .badStatement)
        #expect(failure { _ = try connection.integer("") } == .badStatement)
        #expect(failure { try connection.execute("INSERT INTO t VALUES (1, NULL)") } == .constraint)
        #expect(failure { try connection.execute("INSERT INTO t VALUES ('x', 'y')") } == .unfit)
        #expect(failure { _ = try Connection(path: folder.path, .readWrite, patience: .zero) } == .cannotOpen)
        #expect(
            failure { _ = try Connection(path: folder.path + "/none.db", .readOnly, patience: .zero) } == .cannotOpen
        )
        #expect(failure { try open(.readOnly).execute("DELETE FROM t") } == .readOnly)
        let other = try open()
        try connection.execute("BEGIN IMMEDIATE")
        #expect(failure { try other.execute("BEGIN IMMEDIATE") } == .busy)
        try connection.execute("ROLLBACK")
    }

    @Test func aFullDiskTakesTheTransactionBack() throws {
        let connection = try open()
        try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (b); PRAGMA max_page_count = 20")
        let kind = failure {
            try connection.transaction(.immediate, failing: { $0 }) { () throws(Failure) in
                for _ in 0..<100 { try connection.execute("INSERT INTO t VALUES (zeroblob(3000))") }
            }
        }
        #expect(kind == .full)
        #expect(!connection.isInTransaction)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.execute("INSERT INTO t VALUES (1)")
    }

    @Test func aPreparedStatementOutlivesAChangeOfTheTables() throws {
        let connection = try open()
        try connection.execute(
            "CREATE TABLE t (i); INSERT INTO t VALUES (1); CREATE TABLE u (i); INSERT INTO u VALUES (2)"
        )
        #expect(try connection.integer("SELECT i FROM t") == 1)
        try connection.execute("DROP TABLE t; ALTER TABLE u RENAME TO t")
        #expect(try connection.integer("SELECT i FROM t") == 2)
    }

    /// SQLite leaves moved cells in the middle of pages; scrubbing zeroes them and changes nothing else.
    @Test func scrubbingZeroesWhatNoPageUses() throws {
        let connection = try open()
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON")
        try connection.execute("CREATE TABLE t (k TEXT PRIMARY KEY, s TEXT) WITHOUT ROWID; CREATE INDEX i ON t (s)")
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let secret = String(repeating: "SECRET", count: 1 + random.below(40))
            try connection.withStatement("INSERT OR REPLACE INTO t VALUES (?, ?)") { statement throws(Failure) in
                try statement.bind("\(random.below(900))", at: 1)
                try statement.bind(secret, at: 2)
                try statement.run()
            }
        }
        try connection.execute("UPDATE t SET s = 'kept'")
        try connection.truncateLog()
        let before = try content(connection)
        #expect(try contains("SECRET"))
        #expect(try connection.scrub() > 0)
        #expect(try !contains("SECRET"))
        #expect(try connection.scrub() == 0)
        #expect(try content(connection) == before && before.count > 500)
        #expect(try connection.text("PRAGMA integrity_check") == "ok")
        // What is written next comes from scrubbed pages.
        try connection.execute("UPDATE t SET s = 'more' WHERE k < '5'")
        #expect(try !contains("SECRET"))
    }

    private func content(_ connection: Connection) throws -> [String] {
        try connection.withStatement("SELECT k || s FROM t") { statement throws(Failure) in
            var lines: [String] = []
            while try statement.step() == .row { lines.append(statement.text(at: 0)) }
            return lines
        }
    }

    private func contains(_ text: String) throws -> Bool {
        try folder.contains(Array(text.utf8))
    }
}
