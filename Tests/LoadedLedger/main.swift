import Basics
import Catalogue
import FilesDriver
import Glibc
import Model
import OpenSSLDriver
import Ports
import Stores
import Views

// A ledger under load, to be killed: writers append and print each acknowledgement, a projector follows.
//
//   LoadedLedger FOLDER NEXT…      one writer for each NEXT, its first number
//
// It prints "READY", then a line for each acknowledgement: writer, first number, positions, size and root.

/// Prints a line whole: one write, so that a kill never leaves half of one.
@Sendable func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(1, bytes, bytes.count)
}

@concurrent func serve() async throws {
    guard let path = CommandLine.arguments.dropFirst().first else { return say("usage: LoadedLedger FOLDER NEXT…") }
    let disk = try PosixDisk(path: path, .createIfMissing)
    let lock = try FolderLock(folder: path)
    let rows = try await SQLiteRows.open(
        path + "/views.sqlite",
        migrations: ViewCatalogue.migrations,
        clock: SystemClock()
    )
    var options = SegmentLedger.Options()
    options.segmentBytes = 1 << 20
    options.growthBytes = 256 << 10
    let ledger = try SegmentLedger.open(
        on: disk,
        options: options,
        clock: SystemClock(),
        randomness: SystemRandomness(),
        witnesses: try await rows.positions().compactMap { $0.position?.index }
    )
    let projector = try await Projector(
        ViewCatalogue.views,
        of: ledger,
        in: rows,
        clock: ContinuousClock(),
        wallClock: SystemClock(),
        report: { say("view \($0.error)") }
    )
    say("READY \(ledger.extent.size)")
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await projector.run() }
        for (writer, next) in CommandLine.arguments.dropFirst(2).enumerated() {
            guard let next = Int64(next) else { continue }
            group.addTask { try await append(to: ledger, as: writer, from: next) }
        }
        try await group.waitForAll()
    }
    _ = lock
}

/// Appends batches for ever; a batch's size and content follow from the writer and its numbers.
@Sendable func append(to ledger: SegmentLedger, as writer: Int, from next: Int64) async throws {
    let agent = try AgentID("w-\(writer)")
    let type = try EventType("TOUCH")
    var first = next
    while true {
        let count = 1 + (first * 7 + Int64(writer)) % 23
        let batch = try (first..<first + count).map { number in
            var event = Event(agent: agent, type: type, body: try Body(Fields([("n", .integer(number))])))
            event.number = EventNumber(number)
            return Submission(event, by: .open)
        }
        let receipt = try await ledger.append(batch)
        let positions = receipt.positions.map { String($0.index) }.joined(separator: ",")
        say("\(writer) \(first) \(positions) \(receipt.head.size) \(Hex.text(receipt.head.root.bytes))")
        first += count
    }
}

try await serve()
