/// Something that the program can be told to do: a name, what it takes, and what it does.
package protocol Command: Sendable {
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// What follows the name: options and operands.
    static var usage: String { get }
    /// What it does, what it prints and how it ends: the text of `--help` below the usage.
    static var explanation: String { get }
    static var options: [CommandOption<Self>] { get }
    /// The operands that it takes, in order; each may be missing.
    static var operands: [CommandOperand<Self>] { get }

    init()

    /// Refuses a combination of options and operands that means nothing.
    func validate() throws(UsageError)

    func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode
}

extension Command {
    package static var operands: [CommandOperand<Self>] { [] }
    package func validate() throws(UsageError) {}
}

/// An option of a command: its name, and the value that its presence sets.
package struct CommandOption<Target>: Sendable {
    let name: String
    let explanation: String
    /// True when a text follows.
    let takesText: Bool
    let set: @Sendable (inout Target, String) -> Void

    /// The option as it is written, without the word for its text.
    var flag: String { name.split(separator: " ").first.map(String.init) ?? name }

    /// An option that a text follows: its name is `--flag WORD`.
    init(_ name: String, _ path: any (WritableKeyPath<Target, String?> & Sendable), _ explanation: String) {
        self.name = name
        self.explanation = explanation
        takesText = true
        set = { $0[keyPath: path] = $1 }
    }

    init<Value: Sendable>(
        _ name: String,
        _ path: any (WritableKeyPath<Target, Value> & Sendable),
        _ value: Value,
        _ explanation: String
    ) {
        self.name = name
        self.explanation = explanation
        takesText = false
        set = { target, _ in target[keyPath: path] = value }
    }
}

extension CommandOption where Target: Command {
    static func json(_ path: any (WritableKeyPath<Target, OutputStyle> & Sendable)) -> CommandOption {
        CommandOption("--json", path, .json, "print one JSON document")
    }
}

/// An operand of a command: what it is called, and where its text goes.
package struct CommandOperand<Target>: Sendable {
    let name: String
    let explanation: String
    let set: @Sendable (inout Target, String) -> Void

    init(_ name: String, _ path: any (WritableKeyPath<Target, String?> & Sendable), _ explanation: String) {
        self.name = name
        self.explanation = explanation
        set = { $0[keyPath: path] = $1 }
    }
}

/// What a command works with besides its own options.
package struct CommandContext: Sendable {
    package let console: Console
    /// The flags of the configuration, as given.
    let flags: [(flag: String, text: String)]
    /// What `--config` named.
    let configurationFile: String?

    /// The configuration in effect.
    package func configuration() throws(CommandFailure) -> LoadedConfiguration {
        do {
            return try loadConfiguration()
        } catch {
            throw Self.failure(error)
        }
    }

    static func failure(_ error: ConfigurationError) -> CommandFailure {
        let lines = error.problems.map { "\n  \($0)" }.joined()
        return CommandFailure(.badConfiguration, "the configuration is refused:\(lines)")
    }
}
