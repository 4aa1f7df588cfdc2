internal import Basics
internal import Ports
internal import SQLiteDriver

/// Brings a database forward by the migrations that it lacks, and refuses one that it cannot vouch for.
struct SQLiteMigrating {
    private let connection: Connection
    private let migrations: [SQLiteMigration]

    init(_ connection: Connection, _ migrations: [Migration]) {
        self.connection = connection
        self.migrations = SQLiteMigration.all(migrations)
    }

    /// Applies what is missing, each migration in a transaction of its own with its entry.
    func run(_ clock: any WallClock) throws(StoreError) {
        let isNew = try checkOwner()
        try translating("prepare a database") { () throws(Failure) in
            if isNew { try connection.execute("PRAGMA application_id = \(SQLiteMigration.applicationID)") }
            guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
                throw Failure(.cannotOpen, message: "the file system has no shared memory for a write-ahead log")
            }
            try connection.execute("PRAGMA synchronous = NORMAL")
            try connection.execute("PRAGMA wal_autocheckpoint = 8192")
            guard try connection.integer("PRAGMA secure_delete = ON") == 1 else {
                throw Failure(.other, message: "this SQLite cannot delete securely")
            }
            for statement in SQLiteMigration.foundation { try connection.execute(statement) }
        }
        let applied = try checkApplied()
        for migration in migrations.dropFirst(applied) {
            try connection.transaction(.immediate, failing: { migration.failure($0) }) { () throws(StoreError) in
                do throws(Failure) {
                    for statement in migration.statements { try connection.execute(statement) }
                    try record(migration, at: clock.milliseconds())
                } catch {
                    throw migration.failure(error)
                }
            }
        }
    }

    /// Changes nothing: a database that lacks a migration is refused.
    func check() throws(StoreError) {
        guard try !checkOwner() else { throw refusal(.notFound, "the database is empty") }
        let applied = try checkApplied()
        if let missing = migrations.dropFirst(applied).first {
            throw refusal(.unsupported, "the database lacks migration \(missing.label): a start applies it")
        }
    }

    /// Whether the file is new; `invalid` when it is somebody else's.
    private func checkOwner() throws(StoreError) -> Bool {
        let (identifier, tableCount) = try translating("open rows") { () throws(Failure) in
            (
                try connection.integer("PRAGMA application_id") ?? 0,
                try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
            )
        }
        if identifier == 0 && tableCount == 0 { return true }
        guard identifier == SQLiteMigration.applicationID else {
            throw refusal(.invalid, "the file is a database of another program (application_id \(identifier))")
        }
        return false
    }

    /// How many migrations the database has, from the first on; each as this binary knows it.
    private func checkApplied() throws(StoreError) -> Int {
        let entries = try translating("read the migrations", try self.entries())
        for (index, entry) in entries.enumerated() {
            guard index < migrations.count else {
                throw refusal(
                    .unsupported,
                    "the database is newer than this binary: it has migration \(entry.version) \(entry.name), "
                        + "and this binary knows \(migrations.count)"
                )
            }
            let known = migrations[index]
            guard entry.version == known.version else {
                throw refusal(.conflict, "migration \(known.label) was left out before \(entry.version) \(entry.name)")
            }
            guard entry.checksum == known.checksum else {
                throw refusal(.conflict, "migration \(known.label) is not what was applied as \(entry.name)")
            }
        }
        return entries.count
    }

    private func entries() throws(Failure) -> [(version: Int, name: String, checksum: String)] {
        try connection.withStatement(
            "SELECT version, name, checksum FROM prima_migrations ORDER BY version"
        ) { statement throws(Failure) in
            var entries: [(version: Int, name: String, checksum: String)] = []
            while try statement.step() == .row {
                entries.append((Int(statement.integer(at: 0)), statement.text(at: 1), statement.text(at: 2)))
            }
            return entries
        }
    }

    private func record(_ migration: SQLiteMigration, at milliseconds: Int64) throws(Failure) {
        try connection.withStatement(
            "INSERT INTO prima_migrations (version, name, checksum, applied) VALUES (?, ?, ?, ?)"
        ) { statement throws(Failure) in
            try statement.bind(Int64(migration.version), at: 1)
            try statement.bind(migration.name, at: 2)
            try statement.bind(migration.checksum, at: 3)
            try statement.bind(milliseconds, at: 4)
            try statement.run()
        }
    }

    private func refusal(_ kind: StoreError.Kind, _ context: String) -> StoreError {
        StoreError(kind, in: "open rows", engine: "SQLite", context: context)
    }
}
