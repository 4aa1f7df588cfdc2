/// `prima version`: which program this is.
package struct VersionCommand: Command {
    package static let name = "version"
    package static let summary = "print the version"
    package static let usage = "[--json]"
    package static let explanation = """
        Prints the program's name and version, and with --json also the version of the ledger's format that it reads
        and writes. It reads no configuration and opens no folder.
        """
    package static let options: [CommandOption<Self>] = [.json(\.style)]

    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        switch style {
        case .text: try context.console.result("prima \(Version.program)")
        case .json:
            let report: Report = [
                "name": "prima", "version": .text(Version.program), "format": .number(Version.format),
            ]
            try context.console.result(report.json)
        }
        return .done
    }
}

/// The versions that this program answers for.
package enum Version {
    package static let program = "0.1.0"
    /// Of the ledger's files.
    package static let format: Int64 = 1
}
