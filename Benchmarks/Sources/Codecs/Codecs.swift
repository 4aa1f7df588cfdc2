extension Benchmark {
    /// What it costs to read and write events, beside Foundation's codecs on the same bytes.
    static let codecs = Benchmark(
        name: "codecs",
        summary: "CPU time to read and write one event or document, beside Foundation's JSON"
    ) { _ in
        let rows = CodecBenchmarks.run { times, body in
            let cost = Meter.measure { for _ in 0..<times { body() } }
            return cost.cpuSeconds * 1e9 / Double(times)
        }
        return rows.map { row in
            let rival = row.foundation.map { Figure.Rivalry(name: "Foundation", value: $0) }
            return Figure(name: row.name, value: row.nanoseconds, unit: "ns", rival: rival)
        }
    }
}
