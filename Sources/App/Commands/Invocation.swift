/// What a command line asks for.
package enum Invocation: Sendable {
    case help(String)
    case run(any Command, flags: [(flag: String, text: String)], configurationFile: String?)

    /// Every command, in the order of the help.
    package static let commands: [any Command.Type] = [
        ServeCommand.self, VerifyCommand.self, DumpCommand.self, LoadCommand.self, RebuildCommand.self,
        MigrateCommand.self, ReasonCommand.self, VectorsCommand.self, ConfigCommand.self, CheckConfigCommand.self,
        VersionCommand.self,
        CallCommand.self,
    ]

    /// Reads the words after the program's name.
    package static func parse(_ words: [String]) throws(UsageError) -> Invocation {
        guard let first = words.first else { throw UsageError(["there is no command"]) }
        switch first {
        case "--help", "-h": return .help(Help.program)
        case "help":
            guard let topic = words.dropFirst().first else { return .help(Help.program) }
            return .help(Help.text(of: try command(topic)))
        case "--version": return .run(VersionCommand(), flags: [], configurationFile: nil)
        default: return try parse(try command(first), Array(words.dropFirst()))
        }
    }

    private static func command(_ word: String) throws(UsageError) -> any Command.Type {
        if let command = commands.first(where: { $0.name == word }) { return command }
        if word.hasPrefix("-") { throw UsageError(["the command comes first, \(word) after it"]) }
        let hint = NearestName.of(word, among: commands.map { $0.name }).map { "; did you mean \($0)?" } ?? ""
        throw UsageError(["there is no command \(word)\(hint)"])
    }

    private static func parse<Kind: Command>(_ kind: Kind.Type, _ words: [String]) throws(UsageError) -> Invocation {
        var reading = ArgumentReading<Kind>(words)
        try reading.run()
        if reading.wantsHelp { return .help(Help.text(of: kind)) }
        return .run(reading.command, flags: reading.flags, configurationFile: reading.configurationFile)
    }
}

/// Everything that is wrong with a command line.
package struct UsageError: Error, Sendable {
    package let problems: [String]
    /// The command whose help says more; nil when none was named.
    package let command: String?

    package init(_ problems: [String], command: String? = nil) {
        self.problems = problems
        self.command = command
    }
}

/// The reading of the words after a command's name.
private struct ArgumentReading<Kind: Command> {
    private var words: ArraySlice<String>
    private var problems: [String] = []
    private var seen: Set<String> = []
    private var operands: [String] = []
    private(set) var command = Kind()
    private(set) var flags: [(flag: String, text: String)] = []
    private(set) var configurationFile: String?
    private(set) var wantsHelp = false

    init(_ words: [String]) { self.words = words[...] }

    mutating func run() throws(UsageError) {
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                break
            }
            if word.hasPrefix("-"), word != "-" { takeFlag(word) } else { operands.append(word) }
        }
        if wantsHelp { return }
        takeOperands()
        if problems.isEmpty {
            do {
                try command.validate()
            } catch {
                problems = error.problems
            }
        }
        guard problems.isEmpty else { throw UsageError(problems, command: Kind.name) }
    }

    private mutating func takeFlag(_ word: String) {
        let equals = word.firstIndex(of: "=")
        let name = String(word[..<(equals ?? word.endIndex)])
        let attached = equals.map { String(word[word.index(after: $0)...]) }
        if name == "--help" || name == "-h" {
            wantsHelp = true
            return
        }
        let isNew = seen.insert(name).inserted
        if let option = Kind.options.first(where: { $0.name == name }) {
            take(option, name, attached)
        } else if name == Setting.fileFlag || Setting.flagged(name) != nil {
            // Two dashes begin the next option, never a value.
            if attached == nil, words.first?.hasPrefix("--") ?? true {
                problems.append("\(name) needs a value")
                return
            }
            guard let text = attached ?? words.popFirst() else { return }
            if name == Setting.fileFlag { configurationFile = text } else { flags.append((name, text)) }
        } else {
            problems.append("there is no option \(name)\(hint(for: name))")
            // What follows may have been its value, and says nothing about the operands.
            if words.first?.hasPrefix("-") == false { words.removeFirst() }
            return
        }
        if !isNew { problems.append("\(name) stands there twice") }
    }

    private mutating func take(_ option: CommandOption<Kind>, _ name: String, _ attached: String?) {
        guard option.value != nil else {
            if attached != nil { problems.append("\(name) takes no value") }
            return option.set(&command, "")
        }
        guard let text = attached ?? (words.first?.hasPrefix("--") == false ? words.popFirst() : nil) else {
            return problems.append("\(name) needs a value")
        }
        option.set(&command, text)
    }

    private mutating func takeOperands() {
        for (operand, text) in zip(Kind.operands, operands) { operand.set(&command, text) }
        for text in operands.dropFirst(Kind.operands.count) {
            problems.append("\(Kind.name) takes no further operand: \(text)")
        }
    }

    private func hint(for name: String) -> String {
        if let setting = Setting.named(String(name.dropFirst(2)).uppercased().replacingDashes), setting.flag == nil {
            return "; \(setting.key) is a secret, and the list of processes shows flags: use the variable or a file"
        }
        let names = Kind.options.map(\.name) + Setting.all.compactMap(\.flag) + [Setting.fileFlag, "--help"]
        return NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
    }
}

extension String {
    fileprivate var replacingDashes: String { "PRIMA_" + String(map { $0 == "-" ? "_" : $0 }) }
}
