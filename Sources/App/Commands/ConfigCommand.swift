/// `prima config`: what is in effect, and where it came from.
package struct ConfigCommand: Command {
    package static let name = "config"
    package static let summary = "print the configuration in effect, with the source of each value"
    package static let usage = "[--json | --default]"
    package static let explanation = """
        Prints every key with its value and where the value came from: the default file, a file (with the line), a
        variable or a flag. Secrets are masked. --json prints {"KEY": {"value", "source"} …}.

        Exits 78 when a value is refused, naming all of them. A configuration that can be read, but that no server may
        start with, is printed too.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--json", \.form, .json, "print one JSON document"),
        CommandOption("--default", \.form, .standard, "print the default file, which explains every key"),
    ]

    private enum Form { case text, json, standard }
    private var form = Form.text

    package init() {}

    package func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        if form == .standard {
            try context.console.result(Array(Configuration.defaultFile.utf8))
            return .done
        }
        let loaded = try context.configuration()
        let rows = Setting.all.map { setting in
            (setting.key, setting.shown(loaded.configuration), loaded.source(of: setting.key))
        }
        switch form {
        case .json:
            let fields = rows.map { key, value, source in
                Report.Field(key, ["value": value.map(Report.text) ?? .none, "source": .text("\(source)")])
            }
            try context.console.result(Report.fields(fields).json)
        case .text, .standard:
            let keys = rows.map { $0.0.count }.max() ?? 0
            let values = min(48, rows.map { $0.1?.count ?? 0 }.max() ?? 0)
            for (key, value, source) in rows {
                let columns = "\(key.padded(to: keys))  \((value ?? "").padded(to: values))  \(source)"
                try context.console.result(columns)
            }
        }
        guard loaded.servingProblems.isEmpty else {
            throw CommandContext.failure(ConfigurationError(loaded.servingProblems))
        }
        return .done
    }
}
