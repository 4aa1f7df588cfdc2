internal import Basics
internal import Model
internal import Ports
internal import Stores

/// `prima dump`: every entry of the ledger, as JSON lines.
package struct DumpCommand: Command {
    package static let name = "dump"
    package static let summary = "print every entry as JSON lines, sealed bodies opened"
    package static let usage = "[--json]"
    package static let explanation = """
        Prints one event a line, in order of position, as `prima load` takes it. Below the first position that retention
        kept, a line is {"position", "leaf", "agent"?, "number"?, "publicKey"?, "subject"?}. Bodies are in the clear:
        keep a dump as you keep what it says. --json prints one array instead of lines.

        It only reads, beside a running server too; what is appended meanwhile is left out.
        """
    package static let options: [CommandOption<Self>] = [.json(\.style)]

    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let loaded = try context.configuration()
        let folder = try DataFolder(reading: loaded.ledgerFolder)
        var lines = LineOutput(console: context.console, style: style)
        if try folder.hasLedger() {
            try await Self.print(try OpenedLedger.reading(loaded), &lines)
        }
        try lines.end()
        return .done
    }

    private static let pageLines = 4096

    private static func print(_ ledger: SegmentLedger, _ lines: inout LineOutput) async throws(CommandFailure) {
        var position: Int64 = 0
        while position < ledger.extent.first {
            let page: [DumpLine]
            do { page = try await ledger.lines(from: position, limit: pageLines) } catch { throw .store(error) }
            for case .leaf(let leaf) in page { try lines.print { leaf.writeJSON(into: &$0) } }
            position += Int64(page.count)
        }
        var query = LedgerQuery()
        query.limit = pageLines
        while true {
            let page: LedgerPage
            do { page = try await ledger.read(query) } catch { throw .store(error) }
            for event in page.events { try lines.print { event.writeJSON(into: &$0) } }
            guard let next = page.next else { return }
            query.after = next
        }
    }
}
