import Foundation

extension Benchmark {
    /// Acknowledged events through the doors, beside Redis, which keeps the bytes alone.
    static let serverAppends = Benchmark(
        name: "server-appends",
        summary: "acknowledged events by 64 connections, one at a time, through a door of build/prima"
    ) { bench in
        var rows: [Figure] = []
        for door in [ServerLoad.Door.http, .webSocket] {
            let sync = try BareSync.measure(in: bench.scratch, .zeroFilled, seconds: 0.3).microseconds.percentile(0.5)
            let folder = try bench.folder("server-appends-\(door.rawValue)")
            let server = try PrimaServer(in: folder)
            defer { server.stop() }
            _ = try ServerLoad(door, connections: 64, batch: 1, round: 0).run(server, seconds: 0.3)
            let ours = try ServerLoad(door, connections: 64, batch: 1, round: 1).run(server, seconds: bench.seconds)
            let load = Load(writers: 64, batch: 1, bytes: LedgerWorkload.payloadBytes)
            let redis = try await bench.rival(Redis.self).append(load, seconds: bench.seconds, over: .tcp)
            let name = door.rawValue
            rows += [
                Figure(
                    name: name,
                    value: ours.perSecond,
                    unit: "events/s",
                    rival: .init(name: Redis.name, value: redis.perSecond)
                ),
                Figure(
                    name: "\(name), CPU",
                    value: ours.cpuMicrosecondsEach,
                    unit: "us/event",
                    rival: redis.cpuMicrosecondsEach.map { .init(name: Redis.name, value: $0) }
                ),
                Figure(
                    name: "\(name), acknowledged, median",
                    value: ours.microseconds.percentile(0.5),
                    unit: "us",
                    rival: .init(name: "bare fdatasync", value: sync)
                ),
                Figure(
                    name: "\(name), acknowledged, 99 %",
                    value: ours.microseconds.percentile(0.99),
                    unit: "us",
                    rival: .init(name: "bare fdatasync", value: sync)
                ),
            ]
        }
        return rows
    }

    /// The rate that has to hold while views keep up.
    static let serverSustained = Benchmark(
        name: "server-sustained",
        summary: "acknowledged events by 64 connections in batches of 100, for a minute (PRIMA_BENCH_SUSTAINED=seconds)"
    ) { bench in
        let wanted = ProcessInfo.processInfo.environment["PRIMA_BENCH_SUSTAINED"].flatMap { Double($0) }
        let seconds = wanted ?? max(60, bench.seconds)
        var rows: [Figure] = []
        for door in [ServerLoad.Door.http, .webSocket] {
            let sync = try BareSync.measure(in: bench.scratch, .zeroFilled, seconds: 0.3).microseconds.percentile(0.5)
            let folder = try bench.folder("server-sustained-\(door.rawValue)")
            let server = try PrimaServer(in: folder)
            defer {
                server.stop()
                try? FileManager.default.removeItem(at: folder)
            }
            let ours = try ServerLoad(door, connections: 64, batch: 100, round: 1).run(server, seconds: seconds)
            let lag = try server.metric("prima_view_lag_seconds")
            let name = door.rawValue
            rows += [
                Figure(name: name, value: ours.perSecond, unit: "events/s"),
                Figure(name: "\(name), CPU", value: ours.cpuMicrosecondsEach, unit: "us/event"),
                Figure(name: "\(name), lasted", value: ours.seconds, unit: "s"),
                Figure(name: "\(name), views behind at the end", value: lag, unit: "s"),
                Figure(
                    name: "\(name), acknowledged, 99 %",
                    value: ours.microseconds.percentile(0.99),
                    unit: "us",
                    rival: .init(name: "bare fdatasync", value: sync)
                ),
                Figure(name: "\(name), resident at the end", value: server.residentBytes / 1_048_576, unit: "MB"),
            ]
        }
        return rows
    }
}

/// Connections that each wait for an acknowledgement before they send again.
struct ServerLoad {
    enum Door: String { case http = "HTTP", webSocket = "WebSocket" }

    private let door: Door
    private let connections: Int
    private let batch: Int
    private let round: Int

    /// Another `round` speaks for other agents.
    init(_ door: Door, connections: Int, batch: Int, round: Int) {
        self.door = door
        self.connections = connections
        self.batch = batch
        self.round = round
    }

    struct Outcome {
        let events: Int
        let seconds: Double
        let cpuSeconds: Double
        let microseconds: [Double]

        var perSecond: Double { Double(events) / seconds }
        /// The server's, ours left out.
        var cpuMicrosecondsEach: Double { cpuSeconds * 1e6 / Double(events) }
    }

    func run(_ server: PrimaServer, seconds: Double) throws -> Outcome {
        let herd = try Herd(port: server.port)
        try herd.grow(to: connections)
        if door == .webSocket { try Sockets.shakeHands(herd, 0..<connections, with: server) }
        var templates = (0..<connections).map { template($0 + round * 1000, for: server) }
        var began = [Double](repeating: 0, count: connections)
        var waits: [Double] = []
        let (clock, cpu) = (Meter.now, server.cpuSeconds)
        let end = clock + seconds
        var waiting = 0
        func send(_ member: Int) throws {
            templates[member].renew()
            began[member] = Meter.now
            waiting += 1
            try herd.send(templates[member].bytes, on: member)
        }
        for member in 0..<connections { try send(member) }
        while waiting > 0 {
            let went = try herd.turn { member, bytes in
                guard let taken = try acknowledged(bytes) else { return 0 }
                let now = Meter.now
                waits.append((now - began[member]) * 1e6)
                waiting -= 1
                if now < end { try send(member) }
                return taken
            }
            guard went else { throw Failure("\(waiting) requests were not answered in 10 s") }
        }
        return Outcome(
            events: waits.count * batch,
            seconds: Meter.now - clock,
            cpuSeconds: server.cpuSeconds - cpu,
            microseconds: waits
        )
    }

    /// The end of an acknowledgement, when it is whole; anything but an acknowledgement is a failure.
    private func acknowledged(_ bytes: Span<UInt8>) throws -> Int? {
        switch door {
        case .http:
            guard let answer = try Answer.http(bytes, from: 0) else { return nil }
            guard answer.status == 201 else {
                throw Failure("\(answer.status): \(Answer.text(bytes, answer.body))")
            }
            return answer.body.upperBound
        case .webSocket:
            guard let payload = Answer.frame(bytes, from: 0) else { return nil }
            let text = Answer.text(bytes, payload.prefix(40))
            guard text.contains("\"positions\"") else { throw Failure("not an acknowledgement: \(text)") }
            return payload.upperBound
        }
    }

    private func template(_ connection: Int, for server: PrimaServer) -> EventTemplate {
        switch door {
        case .http:
            let (opening, closing) = batch == 1 ? ("", "") : ("[", "]")
            return EventTemplate(connection: connection, batch: batch, opening, closing) { length in
                let lines = [
                    "POST /api/events HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Content-Type: application/json",
                    "Content-Length: \(length)", "", "",
                ]
                return Array(lines.joined(separator: "\r\n").utf8)
            }
        case .webSocket:
            return EventTemplate(
                connection: connection,
                batch: batch,
                #"{"id":1,"append":["#,
                "]}",
                head: Sockets.header
            )
        }
    }
}
