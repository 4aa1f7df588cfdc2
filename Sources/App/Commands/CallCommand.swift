/// `prima call`: a capability by its name, in a build that has none.
package struct CallCommand: Command {
    package static let name = "call"
    package static let summary = "call a capability (this build has none)"
    package static let usage = "NAME --input JSON [--json]"
    package static let explanation = """
        Calls a capability of the server by its name, with a JSON document for its input. This build has no capabilities:
        it says so, and exits 2. What it knows arrives as events, at POST /api/events.
        """
    package static let options: [CommandOption<Self>] = []

    package init() {}

    package func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        throw CommandFailure(
            .wrongUsage,
            "this build has no capabilities to call",
            remedy: "append events with POST /api/events of `prima serve`; `prima help` lists what there is"
        )
    }
}
