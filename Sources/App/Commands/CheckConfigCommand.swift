/// `prima check-config`: whether a server may start with this configuration.
package struct CheckConfigCommand: Command {
    package static let name = "check-config"
    package static let summary = "check the configuration, and change nothing"
    package static let usage = "[--json]"
    package static let explanation = """
        Checks every value of every source, what they must say together, and the files that they name. All that is
        wrong is said at once, each with its source and what is accepted. Exits 0 or 78.

        --json prints {"ok", "errors": [{"key", "value", "source", "reason", "accepted"}]}.
        """
    package static let options: [CommandOption<Self>] = [.json(\.style)]

    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        let problems = Self.problems(context)
        switch style {
        case .json:
            let report: Report = ["ok": .flag(problems.isEmpty), "errors": .list(problems.map(Self.report))]
            try context.console.result(report.json)
        case .text:
            if problems.isEmpty { try context.console.result("the configuration is accepted") }
        }
        if problems.isEmpty { return .done }
        throw CommandContext.failure(ConfigurationError(problems))
    }

    private static func problems(_ context: CommandContext) -> [ConfigurationProblem] {
        do throws(ConfigurationError) {
            let loaded = try context.loadConfiguration()
            let problems = loaded.servingProblems + loaded.fileProblems(reading: CommandContext.read)
            if problems.isEmpty { _ = try loaded.identity() }
            return problems
        } catch {
            return error.problems
        }
    }

    private static func report(_ problem: ConfigurationProblem) -> Report {
        [
            "key": problem.key.map(Report.text) ?? .none,
            "value": problem.value.map(Report.text) ?? .none,
            "source": .text("\(problem.source)"),
            "reason": problem.reason.map(Report.text) ?? .none,
            "accepted": problem.accepted.map(Report.text) ?? .none,
        ]
    }
}
