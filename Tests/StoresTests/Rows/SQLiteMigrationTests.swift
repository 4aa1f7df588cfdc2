import Basics
import FilesDriver
import OpenSSLDriver
import Ports
import SQLiteDriver
import Stores
import TestSupport
import Testing

/// Migrations go forward, are locked by their checksums, and can be applied by hand.
@Suite struct SQLiteMigrationTests {
    let folder: TemporaryFolder
    var path: String { folder.path + "/rows.db" }

    init() throws {
        try Crypto.prepare()
        folder = try TemporaryFolder()
    }

    private static let first = Table("first", key: [.integer("id")], columns: [.text("a")], indexes: [.on("a")])
    private static let second = Table("second", key: [.text("name"), .integer("n")], columns: [.blob("b", .optional)])
    private static let migrations = [
        Migration(1, "one", [.create(first)]), Migration(2, "two", [.create(second)]),
        Migration(3, "three", [.drop(table: "first")]),
    ]

    private func open(_ migrations: [Migration], _ mode: SQLiteRows.Options.Mode = .readWrite) async throws {
        var options = SQLiteRows.Options()
        options.mode = mode
        await (try SQLiteRows.open(path, options, migrations: migrations, clock: FixedClock())).close()
    }

    private func refusal(_ kind: StoreError.Kind, naming text: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("nothing was refused")
        } catch let error as StoreError {
            #expect(error.kind == kind && error.description.contains(text), "\(error)")
        } catch {
            Issue.record("not a store's error: \(error)")
        }
    }

    private func catalogue() throws -> [String] {
        let connection = try Connection(path: path, .readOnly, patience: .seconds(1))
        return try connection.withStatement(
            "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name"
        ) { statement throws(Failure) in
            var lines: [String] = []
            while try statement.step() == .row { lines.append(statement.text(at: 0)) }
            return lines
        }
    }

    @Test func goForwardOneByOne() async throws {
        for count in 0...3 {
            try await open(Array(Self.migrations[..<count]))
            try await open(Array(Self.migrations[..<count]))
            let connection = try Connection(path: path, .readOnly, patience: .seconds(1))
            #expect(try connection.integer("SELECT count(*) FROM prima_migrations") == Int64(count))
            #expect(
                try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'first'")
                    == (count == 1 || count == 2 ? 1 : 0)
            )
        }
        let connection = try Connection(path: path, .readOnly, patience: .seconds(1))
        #expect(try connection.integer("SELECT min(applied) FROM prima_migrations") == FixedClock().milliseconds())
        #expect(try connection.text("SELECT name FROM prima_migrations WHERE version = 2") == "two")
    }

    @Test func appliedByHandAreRecognised() async throws {
        let hand = try Connection(path: path, .readWrite, patience: .seconds(1))
        try hand.execute(SQLiteMigration.script(of: Self.migrations))
        let byHand = try catalogue()
        try await open(Self.migrations)
        #expect(try catalogue() == byHand)
        #expect(try hand.integer("SELECT count(*) FROM prima_migrations WHERE applied > 1600000000000") == 3)
        let other = SQLiteMigrationTests.self
        let engine = try other.init()
        try await engine.open(Self.migrations)
        #expect(try engine.catalogue() == byHand)
    }

    @Test func aChangedOneIsRefusedByName() async throws {
        try await open(Self.migrations)
        var changed = Self.migrations
        changed[1] = Migration(2, "two", [.create(Table("second", key: [.text("name")], columns: []))])
        await refusal(.conflict, naming: "2 two") { try await open(changed) }
        await refusal(.conflict, naming: "2 two") { try await open(changed, .readOnly) }
    }

    @Test func aNewerDatabaseIsRefusedByName() async throws {
        try await open(Self.migrations)
        await refusal(.unsupported, naming: "3 three") { try await open(Array(Self.migrations[..<2])) }
        try await open(Self.migrations)
    }

    @Test func aGapIsRefused() async throws {
        try await open(Self.migrations)
        let connection = try Connection(path: path, .readWrite, patience: .seconds(1))
        try connection.execute("DELETE FROM prima_migrations WHERE version = 2")
        await refusal(.conflict, naming: "2 two") { try await open(Self.migrations) }
    }

    @Test func aFailingOneLeavesTheOthers() async throws {
        try await open(Array(Self.migrations[..<1]))
        let connection = try Connection(path: path, .readWrite, patience: .seconds(1))
        try connection.execute("CREATE TABLE second (x)")
        await refusal(.unexpected, naming: "2 two") { try await open(Self.migrations) }
        try connection.execute("DROP TABLE second")
        try await open(Self.migrations)
    }

    @Test func readingRefusesToMigrate() async throws {
        await refusal(.unavailable, naming: "open") { try await open(Self.migrations, .readOnly) }
        try await open(Array(Self.migrations[..<2]))
        await refusal(.unsupported, naming: "3 three") { try await open(Self.migrations, .readOnly) }
        try await open(Self.migrations)
        try await open(Self.migrations, .readOnly)
    }

    @Test func strangersFilesAreRefused() async throws {
        let connection = try Connection(path: path, .readWrite, patience: .seconds(1))
        try connection.execute("CREATE TABLE theirs (x); PRAGMA application_id = 77")
        await refusal(.invalid, naming: "77") { try await open(Self.migrations) }
        try connection.execute("PRAGMA application_id = 0")
        await refusal(.invalid, naming: "another program") { try await open(Self.migrations) }
        #expect(try catalogue().count == 1)
    }

    @Test func otherFilesAreRefused() async throws {
        let disk = try PosixDisk(path: folder.path)
        try disk.open("rows.db", .create).write(Array("not a database, but long enough to be one. ".utf8)[...], at: 0)
        await refusal(.corrupt, naming: "database") { try await open(Self.migrations) }
    }

    /// The text that `prima migrate --print` shows is fixed, down to the byte.
    @Test func theTextIsLocked() {
        let statements = SQLiteMigration.all(Self.migrations).map(\.statements)
        #expect(
            statements == [
                [
                    """
                    CREATE TABLE "first" (
                        "id" INTEGER PRIMARY KEY,
                        "a" TEXT NOT NULL
                    ) STRICT
                    """,
                    #"CREATE INDEX "first_by_a" ON "first" ("a")"#,
                ],
                [
                    """
                    CREATE TABLE "second" (
                        "name" TEXT NOT NULL,
                        "n" INTEGER NOT NULL,
                        "b" BLOB,
                        PRIMARY KEY ("name", "n")
                    ) STRICT, WITHOUT ROWID
                    """
                ], [#"DROP TABLE "first""#],
            ]
        )
    }
}
