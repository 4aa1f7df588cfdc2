internal import Basics
internal import OpenSSLDriver
package import Ports
internal import SQLiteDriver

/// A migration in SQLite's words, locked by the checksum of just these.
package struct SQLiteMigration: Sendable {
    /// "PRIM": says whose file this is.
    static let applicationID: Int64 = 0x5052_494D

    /// The tables that every database has before its first migration.
    static let foundation = [
        """
        CREATE TABLE IF NOT EXISTS "prima_migrations" (
            "version" INTEGER PRIMARY KEY,
            "name" TEXT NOT NULL,
            "checksum" TEXT NOT NULL,
            "applied" INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE IF NOT EXISTS "prima_views" (
            "name" TEXT NOT NULL,
            "position" INTEGER NOT NULL,
            "version" INTEGER NOT NULL,
            PRIMARY KEY ("name")
        ) STRICT, WITHOUT ROWID
        """,
    ]

    package let version: Int
    package let name: String
    package let statements: [String]
    /// SHA-256 of the statements, each ended by a semicolon and a line's end, in hexadecimal.
    package let checksum: String

    var label: String { "\(version) \(name)" }

    private init(_ migration: Migration) {
        version = migration.version
        name = migration.name
        statements = SQLiteDialect.statements(of: migration)
        checksum = Hex.text(SHA256.hash(Array(Self.text(of: statements).utf8)).bytes)
    }

    /// All of them, in order; a gap in their numbers is a mistake of the program.
    package static func all(_ migrations: [Migration]) -> [SQLiteMigration] {
        precondition(migrations.map(\.version) == Array(1..<(migrations.count + 1)), "migrations count from 1 on")
        return migrations.map(SQLiteMigration.init)
    }

    /// What `prima migrate --print` shows: run it by hand on a new file, and a start finds nothing left to do.
    package static func script(of migrations: [Migration]) -> String {
        var script = "-- Prima's tables for SQLite. A start applies what is missing by itself.\n"
        script += "PRAGMA application_id = \(applicationID);\nPRAGMA journal_mode = WAL;\nPRAGMA secure_delete = ON;\n"
        script += text(of: foundation)
        for migration in all(migrations) {
            script += """

                -- \(migration.version): \(migration.name)
                BEGIN IMMEDIATE;
                \(text(of: migration.statements))\
                INSERT INTO "prima_migrations" ("version", "name", "checksum", "applied") VALUES \
                (\(migration.version), '\(migration.name)', '\(migration.checksum)', \
                CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
                COMMIT;

                """
        }
        return script
    }

    func failure(_ failure: Failure) -> StoreError {
        let plain = StoreError(failure, in: "apply a migration")
        return StoreError(
            plain.kind,
            retry: plain.retry,
            in: "apply a migration",
            engine: "SQLite",
            context: label,
            underlying: failure
        )
    }

    private static func text(of statements: [String]) -> String { statements.map { $0 + ";\n" }.joined() }
}
