import Foundation
import Glibc

/// Redis with its append-only file synced before every answer; appends to a stream.
final class Redis: Rival {
    static let folder = "redis"
    static let name = "Redis appendfsync=always"

    private let server: Server
    private let sockets: SocketFolder
    private let socket: String
    private let benchmark: String

    init(in folder: URL) throws {
        sockets = try SocketFolder()
        socket = sockets.path + "/redis"
        benchmark = try Command.path(of: "redis-benchmark")
        let client = try Command.path(of: "redis-cli")
        let log = folder.appending(path: "log")
        server = try Server(
            Command.path(of: "redis-server"),
            [
                "--port", "0", "--unixsocket", socket, "--dir", folder.path(percentEncoded: false), "--appendonly",
                "yes",
                "--appendfsync", "always", "--save", "", "--daemonize", "no",
            ],
            as: nil,
            log: log,
            stopSignal: SIGTERM
        )
        let socket = socket
        try server.awaitReady(Self.name, log: log) {
            (try? Command.output(client, ["-s", socket, "ping"]))?.hasPrefix("PONG") ?? false
        }
    }

    func append(_ load: Load, seconds: Double) throws -> Rate {
        // It counts requests, not seconds: a short run says how many.
        let guess = try run(load, requests: max(load.writers * load.batch, 2000)).perSecond
        return try run(load, requests: max(load.writers * load.batch, Int(guess * seconds)))
    }

    /// A batch is a pipeline: all of it is in one turn of the server's loop, hence in one sync.
    private func run(_ load: Load, requests: Int) throws -> Rate {
        let payload = String(repeating: "x", count: load.bytes)
        let before = server.cpuSeconds
        let text = try Command.output(
            benchmark,
            [
                "-s", socket, "-c", "\(load.writers)", "-n", "\(requests)", "-P", "\(load.batch)", "--csv",
                "XADD", "events", "MAXLEN", "~", "100000", "*", "e", payload,
            ]
        )
        let cpu = server.cpuSeconds - before
        guard let line = text.split(separator: "\n").last, let field = line.split(separator: ",").dropFirst().first,
            let rate = Double(field.filter { $0 != "\"" })
        else { throw Failure("redis-benchmark said: \(text.suffix(200))") }
        return Rate(perSecond: rate, cpuMicrosecondsEach: cpu * 1e6 / Double(requests))
    }

    func stop() { server.stop() }
}
