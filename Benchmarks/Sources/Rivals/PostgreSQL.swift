import Foundation
import Glibc

/// PostgreSQL with synchronous_commit=on; inserts into a table with a primary key.
final class PostgreSQL: Rival {
    static let folder = "postgresql"
    static let name = "PostgreSQL synchronous_commit=on"

    private let server: Server
    private let sockets: SocketFolder
    private let benchmark: String
    private let client: String
    private let scripts: URL
    private static let user: Server.User? = getuid() == 0 ? Server.User(name: "postgres") : nil

    init(in folder: URL) throws {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders = versions.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        benchmark = try Command.path(of: "pgbench", also: folders)
        scripts = folder.appending(path: "scripts")
        sockets = try SocketFolder()
        let data = folder.appending(path: "data").path(percentEncoded: false)
        try FileManager.default.createDirectory(at: scripts, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        if let user = Self.user { _ = try Command.output("/usr/bin/chown", [user.name, data]) }
        _ = try Command.output(
            Command.path(of: "initdb", also: folders),
            ["-N", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            as: Self.user
        )
        let log = folder.appending(path: "log")
        let options = [
            "listen_addresses=", "unix_socket_directories=\(sockets.path)", "max_wal_size=4GB", "shared_buffers=128MB",
        ]
        server = try Server(
            Command.path(of: "postgres", also: folders),
            ["-D", data] + options.flatMap { ["-c", $0] },
            as: Self.user,
            log: log,
            stopSignal: SIGINT
        )
        client = try Command.path(of: "psql", also: folders)
        let connection = ["-h", sockets.path, "-U", "postgres", "-d", "postgres"]
        let table = "create table events (position bigserial primary key, agent int, body text)"
        let client = client
        try server.awaitReady(Self.name, log: log) {
            (try? Command.output(client, connection + ["-qc", table])) != nil
        }
    }

    /// What another program needs to talk to it: the client, and the folder of the socket.
    var session: (client: String, sockets: String) { (client, sockets.path) }

    func append(_ load: Load, seconds: Double) throws -> Rate {
        let payload = String(repeating: "x", count: load.bytes)
        let script = scripts.appending(path: "\(load.batch)-\(load.bytes).sql")
        let rows = load.batch == 1 ? "" : " from generate_series(1, \(load.batch))"
        try Data("insert into events (agent, body) select :client_id, '\(payload)'\(rows);\n".utf8).write(to: script)
        let before = server.cpuSeconds
        let text = try Command.output(
            benchmark,
            [
                "-h", sockets.path, "-U", "postgres", "-n", "-M", "prepared", "-c", "\(load.writers)", "-j", "2",
                "-T", "\(max(1, Int(seconds)))", "-f", script.path(percentEncoded: false), "postgres",
            ]
        )
        let cpu = server.cpuSeconds - before
        guard let transactions = figure(behind: "transactions actually processed: ", in: text), transactions > 0,
            let rate = figure(behind: "tps = ", in: text)
        else { throw Failure("pgbench said: \(text.suffix(200))") }
        let events = transactions * Double(load.batch)
        return Rate(perSecond: rate * Double(load.batch), cpuMicrosecondsEach: cpu * 1e6 / events)
    }

    private func figure(behind label: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("number of \(label)") || $0.hasPrefix(label) }
            .flatMap { line in
                line.ranges(of: label).first.map { line[$0.upperBound...].prefix { $0.isNumber || $0 == "." } }
            }
            .flatMap { Double($0) }
    }

    func stop() { server.stop() }
}
