import Basics
import Field
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import Views

extension Benchmark {
    /// What an event of the field costs: the pure step, and all of the view with its rows.
    static let fieldFold = Benchmark(
        name: "field-fold",
        summary: "touches, breaths, phrases and spirals of 1,000 devices: the step alone, and the view into SQLite"
    ) { bench in
        let folder = try bench.folder("field-fold")
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try SegmentLedger.open(in: folder)
        let count = 200_000
        try await FieldEvents.append(count, to: ledger)
        let step = try await FieldEvents.stepping(ledger, 100_000)
        let rows = try await FieldEvents.rows(in: folder)
        let view = try await Meter.measure { try await FieldEvents.project(ledger, rows) }
        await rows.close()
        try await ledger.close()
        return [
            Figure(name: "the step alone, CPU", value: step, unit: "us/event"),
            Figure(name: "the view, CPU", value: view.cpuSeconds * 1e6 / Double(count), unit: "us/event"),
            Figure(name: "the view", value: Double(count) / view.seconds, unit: "events/s"),
        ]
    }

    /// What it costs to ask what the field is, and what it was.
    static let fieldReading = Benchmark(
        name: "field-reading",
        summary: "the prepared state, the numbers, and the state a million events back"
    ) { bench in
        let folder = try bench.folder("field-reading")
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try SegmentLedger.open(in: folder)
        try await FieldEvents.append(1_010_000, to: ledger)
        let rows = try await FieldEvents.rows(in: folder)
        try await FieldEvents.project(ledger, rows)
        let end = ledger.extent.durable
        let reader = FieldReader(rows: rows, ledger: ledger, startedAt: 0) { end }
        let now = SystemClock().milliseconds()
        let state = try await Meter.measure {
            for _ in 0..<10_000 { _ = try await reader.state(now: now) }
        }
        var past: [Double] = []
        for step in 0..<20 {
            let position = Position(end - 1_000_000 + Int64(step) * 397)
            past.append(
                try await Meter.measure { _ = try await reader.state(at: .position(position), now: now) }.seconds
            )
        }
        await rows.close()
        try await ledger.close()
        return [
            Figure(name: "the prepared state, CPU", value: state.cpuSeconds * 100, unit: "us"),
            Figure(name: "a million events back, the slowest of 20", value: (past.max() ?? .nan) * 1000, unit: "ms"),
            Figure(name: "a million events back, the middle one", value: past.percentile(0.5) * 1000, unit: "ms"),
        ]
    }
}

/// Events of the field, as apps send them.
private enum FieldEvents {
    static func append(_ count: Int, to ledger: SegmentLedger) async throws {
        var number = 0
        while number < count {
            let batch = try (number..<min(number + 1_000, count)).map { try submission($0) }
            _ = try await ledger.append(batch)
            number += batch.count
        }
    }

    private static func submission(_ number: Int) throws -> Submission {
        let strength: (String, Value) = ("intensity", .double(Double(number % 100) / 128))
        var data = [strength, ("x", .double(Double(number % 30))), ("y", .double(Double(number / 30 % 30)))]
        var type = FieldKind.touch
        switch number % 10 {
        case 0, 1, 2: (type, data) = (.breath, [strength, ("breathingPhase", .integer(Int64(number % 360)))])
        case 3: (type, data) = (.phrase, [strength, ("phrase", .text("the river remembers us \(number % 64)"))])
        case 4: type = .spiral
        default: break
        }
        let device = try AgentID("3f0d9a52-6c1e-4b7a-9d53-\(100_000_000_000 + number * 7919 % 1_000)")
        return Submission(Event(agent: device, type: type.type, body: try Body(Fields(data))), by: .device)
    }

    /// Microseconds of CPU for reading an event's body and stepping over it.
    static func stepping(_ ledger: SegmentLedger, _ count: Int) async throws -> Double {
        var query = LedgerQuery()
        query.limit = count
        query.byteLimit = .max
        var events: [StoredEvent] = []
        while events.count < count {
            let page = try await ledger.read(query)
            events += page.events
            guard let next = page.next else { break }
            query.after = next
        }
        var state = FieldState()
        let cost = Meter.measure {
            for event in events {
                state.see(event.head)
                if let field = FieldEvent(event) { _ = state.step(field) }
            }
        }
        return cost.cpuSeconds * 1e6 / Double(events.count)
    }

    static func rows(in folder: URL) async throws -> SQLiteRows {
        try await SQLiteRows.open(
            folder.appending(path: "views.sqlite").path(percentEncoded: false),
            migrations: [Migration(1, "field", FieldTables.all.map { .create($0) })],
            clock: SystemClock()
        )
    }

    /// Brings the view to the end of the ledger.
    static func project(_ ledger: SegmentLedger, _ rows: SQLiteRows) async throws {
        let projector = try await Projector(
            [FieldView()],
            of: ledger,
            in: rows,
            clock: ContinuousClock(),
            wallClock: SystemClock(),
            report: { _ in }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await projector.run() }
            try await projector.reached(Position(ledger.extent.durable))
            group.cancelAll()
        }
    }
}
