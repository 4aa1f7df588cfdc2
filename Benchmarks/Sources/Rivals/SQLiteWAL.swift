import Foundation
import SQLiteDriver

/// SQLite in WAL mode with synchronous=FULL, in this process: one transaction for each batch.
///
/// One connection on the thread of whoever calls: writers that wait for each other's locks would only be slower. The
/// log is copied back every 10,000 pages, ten times less often than SQLite would by itself.
final class SQLiteWAL: Rival {
    static let folder = "sqlite"
    static let name = "SQLite WAL synchronous=FULL"

    private let path: String

    init(in folder: URL) throws {
        path = folder.appending(path: "events.db").path(percentEncoded: false)
        let connection = try open()
        try connection.execute("create table events (position integer primary key, agent integer, body blob)")
    }

    private func open() throws(SQLiteDriver.Failure) -> Connection {
        let connection = try Connection(path: path, .readWrite, patience: .seconds(10))
        try connection.execute("pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=10000")
        return connection
    }

    func append(_ load: Load, seconds: Double) throws -> Rate {
        let connection = try open()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: load.bytes)
        let end = Meter.now + seconds
        var batches = 0
        let cost = try Meter.measure { () throws(SQLiteDriver.Failure) in
            while Meter.now < end {
                try connection.transaction(.immediate, failing: { $0 }) { () throws(SQLiteDriver.Failure) in
                    try connection.withStatement("insert into events (agent, body) values (?1, ?2)") {
                        statement throws(SQLiteDriver.Failure) in
                        try statement.bind(Int64(batches % load.writers), at: 1)
                        try statement.bind(body, at: 2)
                        for _ in 0..<load.batch { try statement.run() }
                    }
                }
                batches += 1
            }
        }
        let events = Double(batches * load.batch)
        return Rate(perSecond: events / cost.seconds, cpuMicrosecondsEach: cost.cpuSeconds * 1e6 / events)
    }

    func stop() {}
}
