internal import NetDriver

/// `prima serve`: opens the data folder, and answers at the doors until it is told to stop.
package struct ServeCommand: Command {
    package static let name = "serve"
    package static let summary = "answer at the doors until told to stop"
    package static let usage = ""
    package static let explanation = """
        Opens the data folder, makes it when it is missing, and serves the events API. What is going on is said on
        standard error: text on a terminal and JSON otherwise. --ready-file FILE is written, whole, when every door
        answers: {"pid", "url", "doors": {"http", "https"}, "data", "version"}; TLS is spoken where TLS_PORT says.

        SIGTERM and SIGINT: it stops accepting, finishes what is in flight (PRIMA_DRAIN_SECONDS), and exits 0; a second
        one ends it at once, and loses nothing that was acknowledged. A folder that another server owns exits 73, damage
        65, a configuration that a server may not start with 78.
        """
    package static let options: [CommandOption<Self>] = []

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let loaded = try context.configuration()
        let problems = loaded.servingProblems
        guard problems.isEmpty else { throw CommandContext.failure(ConfigurationError(problems)) }
        let token: Secret?
        let identity: TLSIdentity?
        do throws(ConfigurationError) {
            token = try loaded.token(reading: CommandContext.read)
            let unreadable = loaded.fileProblems(reading: CommandContext.read)
            guard unreadable.isEmpty else { throw ConfigurationError(unreadable) }
            identity = try loaded.identity()
        } catch {
            throw CommandContext.failure(error)
        }
        let server = try await RunningServer.start(loaded, token: token, identity: identity, in: try .system())
        return try await server.serve()
    }
}
