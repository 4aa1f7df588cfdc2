import Foundation

/// A system that does what we do, run beside us: same disk, same minute, durable commits.
///
/// It lives in a folder of its own, listens on a socket file, and ends with us.
protocol Rival: Sendable {
    static var name: String { get }
    /// What its folder is called.
    static var folder: String { get }

    /// Starts it in an empty folder; returns when it answers.
    init(in folder: URL) throws

    /// Appends for about `seconds`; every acknowledged append is on stable storage.
    func append(_ load: Load, seconds: Double) throws -> Rate

    /// Ends it, and waits until it is gone.
    func stop()
}

/// What is appended: by how many writers at once, how many in one acknowledgement, each how long.
struct Load: Sendable, Hashable, CustomStringConvertible {
    var writers = 1
    var batch = 1
    var bytes = 100

    var description: String {
        (writers == 1 ? "1 writer" : "\(writers) writers") + (batch == 1 ? "" : ", batches of \(batch)")
    }
}

/// How fast something was.
struct Rate: Sendable {
    let perSecond: Double
    /// Of the side that stores; nil when it was not told apart from the side that asks.
    let cpuMicrosecondsEach: Double?
}

extension Benchmark {
    /// Shows that the rivals run, and what they do here.
    static let rivals = Benchmark(
        name: "rivals",
        summary: "durable appends of 100 bytes by the systems that we compare with"
    ) { bench in
        var rows: [Figure] = []
        let rivals: [any Rival] = [
            try await bench.rival(Redis.self), try await bench.rival(PostgreSQL.self),
            try await bench.rival(SQLite.self),
        ]
        for rival in rivals {
            for load in [Load(), Load(writers: 64), Load(writers: 8, batch: 100)] {
                let rate = try rival.append(load, seconds: bench.seconds)
                let name = "\(type(of: rival).name), \(load)"
                rows.append(Figure(name: name, value: rate.perSecond, unit: "events/s"))
                if let cpu = rate.cpuMicrosecondsEach {
                    rows.append(Figure(name: "\(name), CPU", value: cpu, unit: "us/event"))
                }
            }
        }
        return rows
    }
}
