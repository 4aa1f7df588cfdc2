import Foundation

/// WebSocket as the benchmarks' client speaks it.
enum Sockets {
    /// The header of a text frame of a client.
    ///
    /// The mask is four zeros: a frame that is masked, and whose bytes can be changed in place.
    static func header(of length: Int) -> [UInt8] {
        let size: [UInt8] =
            length < 126
            ? [0x80 | UInt8(length)]
            : length < 65536
                ? [0xFE, UInt8(length >> 8), UInt8(length & 0xFF)]
                : [0xFF] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - $0 * 8)) }
        return [0x81] + size + [0, 0, 0, 0]
    }

    static func frame(_ text: String) -> [UInt8] { header(of: text.utf8.count) + Array(text.utf8) }

    /// Upgrades connections, all of them at once.
    static func shakeHands(_ herd: Herd, _ members: Range<Int>, port: UInt16, path: String) throws {
        let request = [
            "GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: prima.json", "", "",
        ]
        let bytes = Array(request.joined(separator: "\r\n").utf8)
        var waiting = members.count
        for member in members { try herd.send(bytes, on: member) }
        while waiting > 0 {
            let went = try herd.turn { member, bytes in
                guard let answer = try Answer.http(bytes, from: 0) else { return 0 }
                guard answer.status == 101 else { throw Failure("WebSocket \(member): \(answer.status)") }
                waiting -= 1
                return answer.body.upperBound
            }
            guard went else { throw Failure("\(waiting) handshakes were not answered in 10 s") }
        }
    }

    static func shakeHands(_ herd: Herd, _ members: Range<Int>, with server: PrimaServer) throws {
        try shakeHands(herd, members, port: server.port, path: "/api/ws")
    }
}

extension Benchmark {
    /// What a socket costs that nobody speaks on.
    static let serverIdle = Benchmark(
        name: "server-idle",
        summary: "user memory of an idle WebSocket, by the slope from 1,000 to 18,000 in one process"
    ) { bench in
        let server = try PrimaServer(in: try bench.folder("server-idle"))
        defer { server.stop() }
        let before = server.residentBytes
        let herd = try Herd(port: server.port)
        func grow(to count: Int) throws {
            while herd.count < count {
                let members = herd.count..<min(herd.count + 500, count)
                try herd.grow(to: members.upperBound)
                try Sockets.shakeHands(herd, members, with: server)
            }
        }
        try grow(to: 1000)
        let few = server.residentBytes
        try grow(to: 18_000)
        let many = server.residentBytes
        return [
            Figure(name: "an idle WebSocket", value: (many - few) / 17_000, unit: "bytes"),
            Figure(name: "the first 1,000", value: (few - before) / 1000, unit: "bytes"),
            Figure(name: "resident with 18,000", value: many / 1_048_576, unit: "MB"),
        ]
    }

    /// One event to everybody.
    static let serverFanOut = Benchmark(
        name: "server-fan-out",
        summary: "one event to 10,000 WebSocket followers, 100 times, beside Python's websockets"
    ) { bench in
        let server = try PrimaServer(in: try bench.folder("server-fan-out"))
        let ours = try FanOut(followers: 10_000, events: 100).run(server)
        server.stop()
        let rival = try PythonWebSockets(in: try bench.folder("python-websockets"))
        let theirs = try FanOut(followers: 10_000, events: 20).run(rival)
        rival.stop()
        let name = PythonWebSockets.name
        return [
            Figure(
                name: "CPU per push",
                value: ours.cpuMicroseconds,
                unit: "us",
                rival: .init(name: name, value: theirs.cpuMicroseconds)
            ),
            Figure(
                name: "to the last, median",
                value: ours.milliseconds.percentile(0.5),
                unit: "ms",
                rival: .init(name: name, value: theirs.milliseconds.percentile(0.5))
            ),
            Figure(
                name: "to the last, 99 %",
                value: ours.milliseconds.percentile(0.99),
                unit: "ms",
                rival: .init(name: name, value: theirs.milliseconds.percentile(0.99))
            ),
        ]
    }
}

/// Followers on sockets of their own, and one event after the other.
private struct FanOut {
    let followers: Int
    let events: Int

    struct Outcome {
        /// From sending the event to its arrival at the last follower.
        let milliseconds: [Double]
        let cpuMicroseconds: Double
    }

    func run(_ server: PrimaServer) throws -> Outcome {
        let event = #"{"agent":"speaker","type":"SPEAK","data":{"phrase":"the river remembers us","x":1,"y":2}}"#
        return try run(
            port: server.port,
            path: "/api/ws",
            hello: #"{"id":1,"follow":{"after":-1}}"#,
            trigger: Array(server.request("POST", "/api/events", event).utf8),
            cpu: { server.cpuSeconds }
        )
    }

    func run(_ rival: PythonWebSockets) throws -> Outcome {
        try run(port: rival.port, path: "/", hello: "follow", trigger: Sockets.frame("go"), cpu: { rival.cpuSeconds })
    }

    private func run(
        port: UInt16,
        path: String,
        hello: String,
        trigger: [UInt8],
        cpu: () -> Double
    ) throws -> Outcome {
        let herd = try Herd(port: port)
        // The speaker is connection 0: it takes an answer where the server gives one.
        try herd.grow(to: 1)
        if path == "/" { try Sockets.shakeHands(herd, 0..<1, port: port, path: path) }
        while herd.count <= followers {
            let members = herd.count..<min(herd.count + 500, followers + 1)
            try herd.grow(to: members.upperBound)
            try Sockets.shakeHands(herd, members, port: port, path: path)
            for member in members { try herd.send(Sockets.frame(hello), on: member) }
        }
        var milliseconds: [Double] = []
        // The first event also shows that everybody follows; it is not counted.
        var spent = cpu()
        for round in 0...events {
            if round == 1 { spent = cpu() }
            let began = Meter.now
            try herd.send(trigger, on: 0)
            var waiting = followers
            while waiting > 0 {
                let went = try herd.turn { member, bytes in
                    if member == 0 { return bytes.count }
                    guard let payload = Answer.frame(bytes, from: 0) else { return 0 }
                    waiting -= 1
                    return payload.upperBound
                }
                guard went else { throw Failure("\(waiting) followers did not get event \(round) in 10 s") }
            }
            if round > 0 { milliseconds.append((Meter.now - began) * 1000) }
        }
        return Outcome(milliseconds: milliseconds, cpuMicroseconds: (cpu() - spent) * 1e6 / Double(followers * events))
    }
}
