import Basics
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// The rows in SQLite keep the port's contract, and what only they promise.
@Suite struct SQLiteRowsTests {
    init() throws { try Crypto.prepare() }

    @Test(arguments: RowsConformance.checks) func conforms(_ check: RowsCheck) async throws {
        try await check.run(SQLiteRowsFixture())
    }
}

/// One file in a folder of its own.
struct SQLiteRowsFixture: RowsFixture {
    let endurance = RowsEndurance.files
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/rows.db"
    }

    func open() async throws -> any Rows {
        try await SQLiteRows.open(path, migrations: RowsSample.migrations, clock: FixedClock())
    }

    func files() throws -> [[UInt8]] { try folder.files() }
}

/// A clock that stands still.
struct FixedClock: WallClock {
    func milliseconds() -> Int64 { 1_781_954_400_000 }
}
