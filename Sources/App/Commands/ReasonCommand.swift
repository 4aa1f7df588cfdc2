internal import Basics
internal import Datalog
internal import FilesDriver
internal import ProcessDriver

/// `prima reason`: runs CozoScript over a database in memory, or over one that a folder keeps.
package struct ReasonCommand: Command {
    package static let name = "reason"
    package static let summary = "run Datalog scripts (CozoScript)"
    package static let usage = "[-c SCRIPT] [--params JSON] [--json] [--data DIR]"
    package static let explanation = """
        Runs scripts over one database, and prints their answers as tables. The database lives in memory, or in the
        folder that --data names: there every change is on disk before it is answered. Without -c it reads scripts from
        standard input: a script ends with an empty line, and with the end of the input; .help lists what else it takes.

        --json prints one line per answer: {"ok": true, "headers", "rows"}, or {"ok": false, "code", "message", "line",
        "column"}. --json without -c reads a document {"script", "params"?} per line. -c exits 1 on an error.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("-c", taking: "SCRIPT", \.script, "run this script, and end"),
        CommandOption("--params", taking: "JSON", \.parameters, "an object of parameters for -c"),
        .json(\.style),
    ]

    private var script: String?
    private var parameters: String?
    private var style = OutputStyle.text

    package init() {}

    package func validate() throws(UsageError) {
        if parameters != nil, script == nil { throw UsageError(["--params goes with -c"], command: Self.name) }
    }

    package func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        let folder = try context.flags.last { $0.flag == "--data" }.map { flag throws(CommandFailure) in
            try ReasonFolder(in: flag.text)
        }
        let shell = ReasonShell(context.console, folder)
        if let script {
            var values: [String: Datum] = [:]
            if let parameters {
                guard let read = ReasonShell.parameters(JSONTree(parsing: parameters)) else {
                    throw CommandFailure(.wrongUsage, "--params is no JSON object")
                }
                values = read
            }
            return try shell.run(script, values, style) ? .done : .failed
        }
        switch style {
        case .json: try shell.serveLines()
        case .text: try shell.serveText()
        }
        return .done
    }
}
