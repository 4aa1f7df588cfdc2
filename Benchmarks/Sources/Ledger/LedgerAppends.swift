import FilesDriver
import Foundation
import Ports
import Stores

extension Benchmark {
    /// Durable appends beside three rivals and a bare fdatasync, load by load.
    static let ledgerAppends = Benchmark(
        name: "ledger-appends",
        summary: "durable appends, sealed, provable and with look-ups, beside systems that only keep the bytes"
    ) { bench in
        var rows: [Figure] = []
        for batch in [1, 100, 1000] {
            for writers in [1, 8, 64] {
                let load = Load(writers: writers, batch: batch, bytes: LedgerWorkload.payloadBytes)
                rows += try await LedgerAppends(load: load, bench: bench).figures()
            }
        }
        return rows
    }

    /// The rate that has to hold: segments fill up, are sealed in the background, and memory stays bounded.
    static let ledgerSustained = Benchmark(
        name: "ledger-sustained",
        summary: "durable appends by 64 writers in batches of 100, for a minute (PRIMA_BENCH_SUSTAINED=seconds)"
    ) { bench in
        let wanted = ProcessInfo.processInfo.environment["PRIMA_BENCH_SUSTAINED"].flatMap { Double($0) }
        let seconds = wanted ?? max(60, bench.seconds)
        let folder = try bench.folder("ledger-sustained")
        let ledger = try SegmentLedger.open(in: folder)
        let load = Load(writers: 64, batch: 100)
        let outcome = try await LedgerWorkload().run(load, on: ledger, seconds: seconds)
        let extent = ledger.extent
        let worst = outcome.microseconds.percentile(0.999)
        try await ledger.close()
        try FileManager.default.removeItem(at: folder)
        return [
            Figure(name: "\(load)", value: outcome.perSecond, unit: "events/s"),
            Figure(name: "CPU", value: outcome.cpuMicrosecondsEach, unit: "us/event"),
            Figure(name: "lasted", value: outcome.cost.seconds, unit: "s"),
            Figure(name: "on disk", value: Double(extent.bytes) / Double(extent.size), unit: "bytes/event"),
            Figure(name: "segments", value: Double(extent.segments), unit: "files"),
            Figure(name: "acknowledged, 99.9 %", value: worst / 1000, unit: "ms"),
            Figure(name: "memory at most", value: Meter.peakMegabytes, unit: "MB"),
        ]
    }
}

/// One load, by us and by each rival in turn, in the same minute.
private struct LedgerAppends {
    let load: Load
    let bench: Bench

    func figures() async throws -> [Figure] {
        let seconds = bench.seconds / 2
        let folder = try bench.folder("ledger-\(load.writers)-\(load.batch)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let sync = try BareSync.measure(in: folder, .zeroFilled, seconds: 0.3).microseconds.percentile(0.5)
        let ledgerFolder = folder.appending(path: "ledger")
        try FileManager.default.createDirectory(at: ledgerFolder, withIntermediateDirectories: false)
        let ledger = try SegmentLedger.open(in: ledgerFolder)
        _ = try await LedgerWorkload(agentPrefix: "early").run(load, on: ledger, seconds: 0.2)
        let ours = try await LedgerWorkload().run(load, on: ledger, seconds: seconds)
        try await ledger.close()

        let wait = Figure.Rivalry(name: "bare fdatasync", value: sync)
        var rows = [
            Figure(name: "\(load), median wait", value: ours.microseconds.percentile(0.5), unit: "us", rival: wait)
        ]
        let redis = try await bench.rival(Redis.self).append(load, seconds: seconds)
        rows += beside(Redis.name, redis, ours)
        rows += beside(SQLiteWAL.name, try await bench.rival(SQLiteWAL.self).append(load, seconds: seconds), ours)
        rows += beside(PostgreSQL.name, try await bench.rival(PostgreSQL.self).append(load, seconds: seconds), ours)
        return rows
    }

    private func beside(_ rival: String, _ theirs: Rate, _ ours: LedgerWorkload.Outcome) -> [Figure] {
        var rows = [
            Figure(
                name: "\(load)",
                value: ours.perSecond,
                unit: "events/s",
                rival: Figure.Rivalry(name: rival, value: theirs.perSecond)
            )
        ]
        if let cpu = theirs.cpuMicrosecondsEach {
            let rivalry = Figure.Rivalry(name: rival, value: cpu)
            rows.append(Figure(name: "\(load), CPU", value: ours.cpuMicrosecondsEach, unit: "us/event", rival: rivalry))
        }
        return rows
    }
}
