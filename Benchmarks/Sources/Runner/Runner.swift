import Foundation

/// Runs the benchmarks that were asked for, prints their table, and writes their rows.
package enum Runner {
    private static let results = "build/bench"
    private static let thresholds = "Benchmarks/Thresholds"

    /// Returns the exit code: 0 when every threshold was met, 1 when not, 2 for wrong usage.
    @concurrent package static func run(_ words: [String]) async -> Int32 {
        let arguments: Arguments
        do {
            arguments = try Arguments(words)
        } catch {
            Terminal.say("bench: \(error)\n\(Arguments.usage)")
            return 2
        }
        let chosen = Benchmark.all.filter { arguments.only.map($0.name.contains) ?? !$0.isApart }
        if arguments.lists {
            for benchmark in chosen { Terminal.put("\(benchmark.name): \(benchmark.summary)") }
            return 0
        }
        guard !chosen.isEmpty else {
            Terminal.say("bench: none is called so; --list shows them")
            return 2
        }
        do {
            let bench = try Bench(seconds: arguments.seconds, results: results)
            let passed = await measure(chosen, with: bench)
            await bench.close()
            Terminal.put(passed ? "every threshold was met" : "MISSED: see above")
            return passed ? 0 : 1
        } catch {
            Terminal.say("bench: \(error)")
            return 1
        }
    }

    private static func measure(_ benchmarks: [Benchmark], with bench: Bench) async -> Bool {
        var passed = true
        for benchmark in benchmarks {
            Terminal.put("\n\(benchmark.name): \(benchmark.summary)")
            do {
                let limits = try Thresholds(contentsOf: "\(thresholds)/\(benchmark.name).json")
                let rows = limits.judge(try await benchmark.run(bench))
                Terminal.put(Table.text(of: rows))
                try Row.write(rows, to: "\(results)/\(benchmark.name).json")
                passed = passed && rows.allSatisfy(\.pass)
            } catch {
                Terminal.put("  FAILED: \(error)")
                passed = false
            }
        }
        return passed
    }
}

/// Where results and notes go.
enum Terminal {
    /// A line of the result.
    static func put(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// A note beside the result.
    static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}

/// Why a benchmark has no figure.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
