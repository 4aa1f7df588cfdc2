/// The texts of `--help`.
enum Help {
    static var program: String {
        let width = Invocation.commands.map { $0.name.count }.max() ?? 0
        let list = Invocation.commands.map { "  \($0.name.padded(to: width))  \($0.summary)" }
        return """
            Prima: the memory and coordination server for collectives of agents and devices.

            Usage: prima COMMAND [OPTION …]

            \(list.joined(separator: "\n"))

            `prima COMMAND --help` says more. Every command takes the flags of the configuration, such as --data DIR
            and --config FILE; `prima config --default` prints what they mean.

            Exit codes: 0 done, 1 failed or a check found a difference, 2 wrong usage, 65 bad data,
            69 a dependency is missing, 73 the data folder cannot be used, 78 bad configuration.
            """
    }

    static func text<Kind: Command>(of kind: Kind.Type) -> String {
        let operands = kind.operands.map { ($0.name, $0.explanation) }
        let options =
            kind.options.map { option in
                (option.value.map { "\(option.name) \($0)" } ?? option.name, option.explanation)
            } + shared
        let width = (operands + options).map { $0.0.count }.max() ?? 0
        let lines = (operands + options).map { "  \($0.0.padded(to: width))  \($0.1)" }
        let usage = kind.usage.isEmpty ? "" : " \(kind.usage)"
        return """
            prima \(kind.name): \(kind.summary)

            Usage: prima \(kind.name)\(usage)

            \(lines.joined(separator: "\n"))

            \(kind.explanation)
            """
    }

    private static let shared = [
        ("--data DIR", "the data folder (PRIMA_DATA)"),
        ("--config FILE", "a configuration file (PRIMA_CONFIG)"),
        ("--help", "print this"),
    ]
}

extension String {
    /// The text, followed by spaces up to a width.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
