internal import Catalogue
internal import Model
internal import Ports
internal import Stores
internal import Views

/// `prima migrate`: brings the views' database forward, or prints how.
package struct MigrateCommand: Command {
    package static let name = "migrate"
    package static let summary = "bring the database of the views forward, or print how"
    package static let usage = "[--print] [--json]"
    package static let explanation = """
        Applies the migrations that the database lacks; every start does so too. Migrations go forward only, and a
        checksum locks each that was applied. --print prints them as SQL and touches nothing. --json prints
        {"database", "migrations", "views": [{"view", "position"}]}, with --print {"sql"}.

        Exits 73 when the folder belongs to a running server, or the database to a newer program or another one.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--print", \.action, .print, "print the SQL instead"), .json(\.style),
    ]

    private enum Action { case apply, print }
    private var action = Action.apply
    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        switch action {
        case .print: try printScript(context.console)
        case .apply: try await apply(try context.configuration(), context.console)
        }
        return .done
    }

    private func printScript(_ console: Console) throws(CommandFailure) {
        let script = SQLiteMigration.script(of: ViewCatalogue.migrations)
        switch style {
        case .text: try console.result(Array(script.utf8))
        case .json: try console.result(Report.fields([Report.Field("sql", .text(script))]).json)
        }
    }

    private func apply(_ loaded: LoadedConfiguration, _ console: Console) async throws(CommandFailure) {
        let folder = try DataFolder(writing: loaded.ledgerFolder, missing: .create)
        let rows = try await folder.rows(.readWrite)
        let views: [Report]
        do {
            views = try await rows.positions().map { view in
                let position = view.position.map { Report.number($0.index) } ?? .none
                return ["view": .text(view.view.text), "position": position]
            }
        } catch {
            throw .store(error)
        }
        await rows.close()
        let count = ViewCatalogue.migrations.count
        switch style {
        case .text: try console.result("\(folder.rowsPath) is at migration \(count)")
        case .json:
            let report: Report = [
                "database": .text(folder.rowsPath), "migrations": .number(Int64(count)), "views": .list(views),
            ]
            try console.result(report.json)
        }
    }
}
