import Foundation
import SQLiteDriver

/// SQLite in this process, WAL and synchronous=FULL; inserts into a table with an integer key.
///
/// It has one writer at a time. Here one thread takes what all writers wait for into one transaction: the best that
/// a program around it can do.
final class SQLite: Rival {
    static let folder = "sqlite"
    static let name = "SQLite WAL synchronous=FULL"

    private let path: String

    init(in folder: URL) throws {
        path = folder.appending(path: "events.sqlite").path(percentEncoded: false)
        let connection = try Connection(path: path, .readWrite, patience: .seconds(5))
        try connection.execute("PRAGMA journal_mode=WAL")
        try connection.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, agent INTEGER, body BLOB)")
    }

    func append(_ load: Load, seconds: Double) throws -> Rate {
        let connection = try Connection(path: path, .readWrite, patience: .seconds(5))
        try connection.execute("PRAGMA synchronous=FULL")
        let rows = load.writers * load.batch
        let body = [UInt8](repeating: 120, count: load.bytes)
        var count = 0
        let end = Meter.now + seconds
        let cost = try Meter.measure {
            while Meter.now < end {
                try connection.execute("BEGIN IMMEDIATE")
                for row in 0..<rows {
                    try connection.withStatement("INSERT INTO events (agent, body) VALUES (?1, ?2)") {
                        statement throws(SQLiteDriver.Failure) in
                        try statement.bind(Int64(row), at: 1)
                        try statement.bind(body, at: 2)
                        _ = try statement.step()
                    }
                }
                try connection.execute("COMMIT")
                count += rows
            }
        }
        return Rate(perSecond: Double(count) / cost.seconds, cpuMicrosecondsEach: cost.cpuSeconds * 1e6 / Double(count))
    }

    func stop() {}
}
