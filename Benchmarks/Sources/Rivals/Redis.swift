import Foundation
import Glibc

/// Redis with its append-only file synced before every answer; appends to a stream.
final class Redis: Rival {
    static let folder = "redis"
    static let name = "Redis appendfsync=always"

    private let server: Server
    private let sockets: SocketFolder
    private let socket: String
    private let port: UInt16
    private let benchmark: String

    init(in folder: URL) throws {
        sockets = try SocketFolder()
        socket = sockets.path + "/redis"
        port = try FreePort.any()
        benchmark = try Command.path(of: "redis-benchmark")
        let client = try Command.path(of: "redis-cli")
        let log = folder.appending(path: "log")
        server = try Server(
            Command.path(of: "redis-server"),
            [
                "--bind", "127.0.0.1", "--port", "\(port)", "--unixsocket", socket, "--dir",
                folder.path(percentEncoded: false), "--appendonly",
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

    /// How clients reach it: a socket file is quicker, TCP is what a server beside it is asked over.
    enum Way { case socketFile, tcp }

    func append(_ load: Load, seconds: Double) throws -> Rate {
        try append(load, seconds: seconds, over: .socketFile)
    }

    func append(_ load: Load, seconds: Double, over way: Way) throws -> Rate {
        // It counts requests, not seconds: a short run says how many.
        let guess = try run(load, way, requests: max(load.writers * load.batch, 2000)).perSecond
        return try run(load, way, requests: max(load.writers * load.batch, Int(guess * seconds)))
    }

    /// A batch is a pipeline: all of it is in one turn of the server's loop, hence in one sync.
    private func run(_ load: Load, _ way: Way, requests: Int) throws -> Rate {
        let payload = String(repeating: "x", count: load.bytes)
        let before = server.cpuSeconds
        let place = way == .tcp ? ["-h", "127.0.0.1", "-p", "\(port)"] : ["-s", socket]
        let text = try Command.output(
            benchmark,
            place + [
                "-c", "\(load.writers)", "-n", "\(requests)", "-P", "\(load.batch)", "--csv",
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
