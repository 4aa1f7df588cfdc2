internal import Basics
internal import Catalogue
internal import Model
internal import OpenSSLDriver
internal import Ports
internal import Stores
internal import Views

/// `prima rebuild`: makes a view again from the ledger.
package struct RebuildCommand: Command {
    package static let name = "rebuild"
    package static let summary = "make a view again from the ledger, and compare"
    package static let usage = "--list | VIEW [--check] [--json]"
    package static let explanation = """
        Brings the view up to date, makes it again beside the live rows, and prints
        {"view", "position", "live", "rebuilt"}: SHA-256 of the live and of the rebuilt rows, canonically encoded in the
        order of keys. Without --check the rebuilt rows then take the place of the live ones. A difference exits 1.

        --list names the views, one a line; with --json {"views": […]}. Exits 73 beside a running server.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--list", \.isList, true, "name the views"),
        CommandOption("--check", \.purpose, .check, "compare only, and keep the live rows"),
        .json(\.style),
    ]
    package static let operands: [CommandOperand<Self>] = [
        CommandOperand("VIEW", \.view, "the view to make again")
    ]

    private var isList = false
    private var purpose = RebuildPurpose.replace
    private var style = OutputStyle.text
    private var view: String?

    package init() {}

    package func validate() throws(UsageError) {
        if isList, view != nil || purpose == .check {
            throw UsageError(["--list stands alone"], command: Self.name)
        }
        guard !isList else { return }
        let names = Self.names
        guard let view else {
            throw UsageError(["name a view: \(names.joined(separator: ", "))"], command: Self.name)
        }
        guard !names.contains(view) else { return }
        let hint = NearestName.of(view, among: names).map { "did you mean \($0)?" } ?? "--list names the views"
        throw UsageError(["there is no view \(view); \(hint)"], command: Self.name)
    }

    private static var names: [String] { ViewCatalogue.views.map(\.schema.name.text).sorted() }

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        guard let name = view.flatMap({ ViewName($0) }) else {
            try list(context.console)
            return .done
        }
        let opened = try await OpenedLedger.open(try context.configuration(), missing: .refuse)
        let outcome: Result<RebuildReport, CommandFailure>
        do throws(CommandFailure) {
            outcome = .success(try await rebuild(name, opened, context.console))
        } catch {
            outcome = .failure(error)
        }
        try await opened.close()
        let report = try outcome.get()
        try context.console.result(Self.document(report).json)
        guard report.isSame else {
            context.console.say("the live rows were not those that the ledger gives")
            return .failed
        }
        return .done
    }

    private func list(_ console: Console) throws(CommandFailure) {
        switch style {
        case .text: for name in Self.names { try console.result(name) }
        case .json:
            let names = Report.list(Self.names.map(Report.text))
            try console.result(Report.fields([Report.Field("views", names)]).json)
        }
    }

    private func rebuild(
        _ name: ViewName,
        _ opened: OpenedLedger,
        _ console: Console
    ) async throws(CommandFailure) -> RebuildReport {
        do throws(StoreError) {
            let projector = try await opened.projector { console.say("\($0.view): \($0.error)") }
            return try await projector.rebuild(name, purpose, by: { RunningSHA256() })
        } catch {
            throw .store(error)
        }
    }

    private static func document(_ report: RebuildReport) -> Report {
        [
            "view": .text(report.view.text),
            "position": .number(report.rebuilt.position?.index ?? -1),
            "live": .text(report.live.hash.description),
            "rebuilt": .text(report.rebuilt.hash.description),
        ]
    }
}
