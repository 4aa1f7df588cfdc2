import Foundation

extension Benchmark {
    /// The price of a request when there is nothing to do but route, count and answer.
    static let serverHealth = Benchmark(
        name: "server-health",
        summary: "GET /health, routed and counted, beside a static file of 20 bytes by nginx and by Node's http"
    ) { bench in
        let prima = try PrimaServer(in: try bench.folder("server-health"), behind: Pinned.server)
        let nginx = try Nginx(in: try bench.folder("nginx"))
        let node = try NodeHTTP(in: try bench.folder("node"))
        defer {
            prima.stop()
            nginx.stop()
            node.stop()
        }
        var costs: [[Double]] = [[], [], []]
        var rates: [[Double]] = [[], [], []]
        // In turns, so that a busy minute of the machine meets everybody.
        for _ in 0..<3 {
            let turns: [(UInt16, String, () -> Double)] = [
                (prima.port, "/health", { prima.cpuSeconds }), (nginx.port, "/health", { nginx.cpuSeconds }),
                (node.port, "/health", { node.cpuSeconds }),
            ]
            for (index, (port, path, cpu)) in turns.enumerated() {
                let run = try Wrk.run(port: port, path: path, seconds: bench.seconds / 2, cpu: cpu)
                costs[index].append(run.cpuMicrosecondsEach)
                rates[index].append(run.perSecond)
            }
        }
        let (cpu, rate) = (costs.map { $0.percentile(0.5) }, rates.map { $0.percentile(0.5) })
        return [
            Figure(name: "CPU", value: cpu[0], unit: "us/request", rival: .init(name: Nginx.name, value: cpu[1])),
            Figure(name: "CPU", value: cpu[0], unit: "us/request", rival: .init(name: NodeHTTP.name, value: cpu[2])),
            Figure(
                name: "answered",
                value: rate[0],
                unit: "requests/s",
                rival: .init(name: Nginx.name, value: rate[1])
            ),
            Figure(
                name: "answered",
                value: rate[0],
                unit: "requests/s",
                rival: .init(name: NodeHTTP.name, value: rate[2])
            ),
        ]
    }

    /// What it takes to be there.
    static let serverStart = Benchmark(
        name: "server-start",
        summary: "from the command to the ready file, what an idle server holds, and how large it is"
    ) { bench in
        var seconds: [Double] = []
        var resident: [Double] = []
        for turn in 0..<9 {
            let server = try PrimaServer(in: try bench.folder("server-start-\(turn)"))
            seconds.append(server.secondsToStart)
            _ = try server.ask("GET", "/health")
            resident.append(server.residentBytes / 1_048_576)
            server.stop()
        }
        let path = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: PrimaServer.binary)
        let size = try FileManager.default.attributesOfItem(atPath: path.path(percentEncoded: false))[.size] as? Int
        guard let size else { throw Failure("\(PrimaServer.binary) has no size") }
        return [
            Figure(name: "cold start, median", value: seconds.percentile(0.5), unit: "s"),
            Figure(name: "resident when idle", value: resident.percentile(0.5), unit: "MB"),
            Figure(name: "binary", value: Double(size) / 1_048_576, unit: "MB"),
        ]
    }
}

/// One processor for the server, another for who asks: the same for everybody.
enum Pinned {
    static let server = ["/usr/bin/taskset", "-c", "0"]
    static let client = ["/usr/bin/taskset", "-c", "1"]
}

/// wrk: 64 connections that ask one request after the other.
enum Wrk {
    struct Outcome {
        let perSecond: Double
        /// Of the server.
        let cpuMicrosecondsEach: Double
    }

    static func run(port: UInt16, path: String, seconds: Double, cpu: () -> Double) throws -> Outcome {
        let program = try Command.path(of: "wrk")
        let before = cpu()
        let words =
            Pinned.client + [program, "-t1", "-c64", "-d\(Int(max(1, seconds)))s", "http://127.0.0.1:\(port)\(path)"]
        let text = try Command.output(words[0], Array(words.dropFirst()))
        let spent = cpu() - before
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let line = text.split(separator: "\n").first(where: { $0.contains(" requests in ") }),
            let requests = line.split(separator: " ").first.flatMap({ Double($0) }), requests > 0,
            let rate = text.split(separator: "\n").first(where: { $0.hasPrefix("Requests/sec:") }),
            let perSecond = rate.split(separator: " ").last.flatMap({ Double($0) })
        else { throw Failure("wrk said: \(text.suffix(300))") }
        return Outcome(perSecond: perSecond, cpuMicrosecondsEach: spent * 1e6 / requests)
    }
}
