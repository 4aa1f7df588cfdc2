import FilesDriver
import Foundation
import Model
import Ports
import Stores

extension Benchmark {
    /// What a ledger of ten million events costs to open, to prove from, to scan and to keep.
    static let ledgerReading = Benchmark(
        name: "ledger-reading",
        summary: "a ledger of 10,000,000 events: opening, proofs, scans, look-ups, bytes"
    ) { bench in
        let folder = try bench.folder("ledger-reading")
        defer { try? FileManager.default.removeItem(at: folder) }
        let written = try SegmentLedger.open(in: folder)
        let load = Load(writers: 16, batch: 1000)
        _ = try await LedgerWorkload().run(load, on: written, seconds: 600, limit: LedgerReading.events)
        try await written.close()
        return try await LedgerReading(folder: folder).figures()
    }
}

private struct LedgerReading {
    static let events = 10_000_000

    let folder: URL

    func figures() async throws -> [Figure] {
        var opened: SegmentLedger?
        let opening = try Meter.measure { opened = try SegmentLedger.open(in: folder) }
        guard let ledger = opened else { throw Failure("the ledger is not open") }
        let extent = ledger.extent
        guard extent.size >= Self.events else { throw Failure("only \(extent.size) events were written") }
        var rows = [
            Figure(name: "opening", value: opening.seconds, unit: "s"),
            Figure(name: "opening, CPU", value: opening.cpuSeconds, unit: "s"),
            Figure(name: "on disk", value: Double(extent.bytes) / Double(extent.size), unit: "bytes/event"),
        ]
        rows += try await proofs(ledger, extent.size)
        rows += try scans(ledger, extent.size)
        rows += try await pages(ledger)
        try await ledger.close()
        return rows
    }

    private func proofs(_ ledger: SegmentLedger, _ size: Int64) async throws -> [Figure] {
        // Positions all over the ledger, each asked for once to warm up.
        let positions = (0..<2000).map { Position(Int64($0) * 6_364_136_223 % size) }
        for position in positions { _ = try await ledger.inclusion(of: position, in: size) }
        var waits: [Double] = []
        let cost = try await Meter.measure {
            for position in positions {
                let begin = Meter.now
                _ = try await ledger.inclusion(of: position, in: size)
                waits.append((Meter.now - begin) * 1e6)
            }
        }
        return [
            Figure(name: "inclusion proof, median", value: waits.percentile(0.5), unit: "us"),
            Figure(name: "inclusion proof, 99 %", value: waits.percentile(0.99), unit: "us"),
            Figure(name: "inclusion proof, CPU", value: cost.cpuSeconds * 1e6 / Double(waits.count), unit: "us"),
        ]
    }

    private func scans(_ ledger: SegmentLedger, _ size: Int64) throws -> [Figure] {
        var events = 0
        var bytes = 0
        let cost = try Meter.measure {
            try ledger.scanHeaders(from: 0, to: size) { canonical, fields in
                events += 1
                bytes += canonical.byteCount + fields.agent.count
                return .next
            }
        }
        guard events == Int(size), bytes > 0 else { throw Failure("the scan saw \(events) of \(size) events") }
        return [
            Figure(name: "header scan, per CPU second", value: Double(events) / cost.cpuSeconds, unit: "events"),
            Figure(name: "header scan", value: Double(events) / cost.seconds, unit: "events/s"),
        ]
    }

    private func pages(_ ledger: SegmentLedger) async throws -> [Figure] {
        var query = LedgerQuery()
        query.limit = 1000
        var events = 0
        let cost = try await Meter.measure {
            while events < 300_000 {
                let page = try await ledger.read(query)
                guard let next = page.next else { break }
                events += page.events.count
                query.after = next
            }
        }
        var waits: [Double] = []
        for index in 0..<200 {
            var query = LedgerQuery()
            query.agents = [try AgentID("agent-\(index % 16)-\(index % 13)")]
            query.order = .descending
            query.limit = 10
            let begin = Meter.now
            let page = try await ledger.read(query)
            waits.append((Meter.now - begin) * 1e6)
            guard page.events.count == 10 else { throw Failure("an agent has \(page.events.count) events") }
        }
        return [
            Figure(
                name: "read whole, bodies opened, CPU",
                value: cost.cpuSeconds * 1e6 / Double(events),
                unit: "us/event"
            ),
            Figure(name: "the last 10 of an agent, median", value: waits.percentile(0.5), unit: "us"),
        ]
    }
}
