internal import Basics
internal import FilesDriver
internal import Model
internal import OpenSSLDriver
internal import ProcessDriver
internal import Stores

/// `prima load`: makes a ledger from the lines of a dump.
package struct LoadCommand: Command {
    package static let name = "load"
    package static let summary = "make a ledger from the lines of a dump"
    package static let usage = "[FILE] [--json]"
    package static let explanation = """
        Reads what `prima dump` printed, from FILE or standard input, into a data folder that is empty but for a copied
        head.key (else it exits 73). Positions, times, writers and salts stay, hence the root. Every commitment, hash
        and signature and the order of events are checked; a forgotten line's commitment is taken when its forget
        follows.
        --json prints {"size", "root", "first"}.

        A bad line exits 65 and leaves the folder as it was.
        """
    package static let options: [CommandOption<Self>] = [.json(\.style)]
    package static let operands: [CommandOperand<Self>] = [
        CommandOperand("FILE", \.file, "the lines; - or nothing: standard input")
    ]

    private var style = OutputStyle.text
    private var file: String?

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let loaded = try context.configuration()
        let masterKey = try loaded.masterKeyOrFailure()
        let input = try source()
        let folder = try LoadingFolder(loaded.ledgerFolder)
        do throws(CommandFailure) {
            let restore = LedgerRestore(
                disk: folder.disk,
                clock: SystemClock(),
                randomness: SystemRandomness(),
                masterKey: masterKey?.revealed
            )
            var reading = DumpReading(input)
            try reading.run(into: restore)
            let head: TreeHead
            do { head = try restore.finish() } catch { throw .restore(error, folder.path) }
            try folder.finish()
            try report(head, first: reading.leafCount, context.console)
            return .done
        } catch {
            folder.abandon()
            throw error
        }
    }

    private func source() throws(CommandFailure) -> ByteSource {
        guard let file, file != "-" else { return .standardInput }
        do { return try ByteSource(path: file) } catch { throw CommandFailure(.wrongUsage, "\(error)") }
    }

    private func report(_ head: TreeHead, first: Int64, _ console: Console) throws(CommandFailure) {
        switch style {
        case .text: try console.result("loaded \(head.size) positions, root \(head.root)")
        case .json:
            let report: Report = [
                "size": .number(head.size), "root": .text(head.root.description), "first": .number(first),
            ]
            try console.result(report.json)
        }
    }
}

/// The reading of a dump, line by line.
private struct DumpReading {
    /// No line of a dump is longer: a body has 64 KiB, of which JSON makes six times as much at worst.
    private static let lineLimit = 1 << 20

    private let source: ByteSource
    private var line = 0
    private(set) var leafCount: Int64 = 0

    init(_ source: ByteSource) { self.source = source }

    mutating func run(into restore: LedgerRestore) throws(CommandFailure) {
        var rest: [UInt8] = []
        while let chunk = try next() {
            rest += chunk
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try take(rest, start..<end, restore)
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= Self.lineLimit else { throw bad("it is longer than any line of a dump", at: line + 1) }
        }
        if !rest.isEmpty { try take(rest, 0..<rest.count, restore) }
    }

    private func next() throws(CommandFailure) -> [UInt8]? {
        do { return try source.next(limit: 1 << 18) } catch { throw CommandFailure(.failed, "\(error)") }
    }

    private mutating func take(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ restore: LedgerRestore
    ) throws(CommandFailure) {
        line += 1
        let text = bytes.raw.extracting(range)
        // An empty line says nothing.
        if bytes[range].allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { return }
        let read: DumpLine
        do { read = try DumpLine(json: text) } catch {
            let problems = error.problems.map { "\n  \($0.path): \($0.message)" }.joined()
            throw bad(error.detail + problems, at: line)
        }
        if case .leaf = read { leafCount += 1 }
        do { try restore.add(read) } catch { throw .restore(error, "line \(line)") }
    }

    private func bad(_ reason: String, at line: Int) -> CommandFailure {
        CommandFailure(.badData, "line \(line) of \(source.name): \(reason)")
    }
}

extension CommandFailure {
    /// Why a dump could not be loaded.
    fileprivate static func restore(_ error: LedgerRestoreError, _ place: String) -> CommandFailure {
        switch error {
        case .line: CommandFailure(.badData, "\(place): \(error)")
        case .open(.disk(let error)): folder(place, error)
        case .open(let error): CommandFailure(.badData, "\(place): \(error)")
        case .disk(let error): folder(place, error)
        }
    }
}
