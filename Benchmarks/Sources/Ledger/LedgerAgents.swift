import FilesDriver
import Foundation
import Stores

extension Benchmark {
    /// What a million agents cost, each with numbers and a key of its own.
    static let ledgerAgents = Benchmark(
        name: "ledger-agents",
        summary: "1,000,000 agents, each with numbers and a key: appending, memory, opening"
    ) { bench in
        let agents = 1_000_000
        let folder = try bench.folder("ledger-agents")
        defer { try? FileManager.default.removeItem(at: folder) }
        let load = Load(writers: 8, batch: 1000)
        var workload = LedgerWorkload()
        workload.agentsPerWriter = agents / load.writers
        workload.subjects = 0
        let before = Meter.residentMegabytes
        let ledger = try SegmentLedger.open(in: folder)
        let first = try await workload.run(load, on: ledger, seconds: 600, limit: agents)
        workload.firstNumber += 1
        let second = try await workload.run(load, on: ledger, seconds: 600, limit: agents)
        let memory = Meter.residentMegabytes - before
        try await ledger.close()
        var again: SegmentLedger?
        let opening = try Meter.measure { again = try SegmentLedger.open(in: folder) }
        try await again?.close()
        return [
            Figure(name: "the first event of each", value: first.perSecond, unit: "events/s"),
            Figure(name: "the first event of each, CPU", value: first.cpuMicrosecondsEach, unit: "us/event"),
            Figure(name: "the second event of each", value: second.perSecond, unit: "events/s"),
            Figure(name: "the second event of each, CPU", value: second.cpuMicrosecondsEach, unit: "us/event"),
            Figure(name: "memory", value: memory, unit: "MB"),
            Figure(name: "opening", value: opening.seconds, unit: "s"),
            Figure(name: "opening, CPU", value: opening.cpuSeconds, unit: "s"),
        ]
    }
}
