internal import ProcessDriver

/// What somebody types: scripts that end with an empty line, and commands that begin with a dot.
struct ReasonTalk {
    private let console: Console
    private let isTerminal: Bool
    private var script = ""
    private var history: [String]
    private var isTimed: Bool

    /// What is to be done with a line.
    enum Step: Equatable {
        case nothing
        case run(String)
        case quit
    }

    static let help = """
        a script          ends with an empty line
        .history          what was run, with its numbers
        .again [NUMBER]   runs it again, the last one without a number
        .read FILE        runs the script of a file
        .timer on|off     says how long each answer took
        .quit             ends
        """

    init(_ console: Console, history: [String], isTerminal: Bool) {
        self.console = console
        self.history = history
        self.isTerminal = isTerminal
        isTimed = isTerminal
    }

    /// What was typed behind the last empty line; nil when that is nothing.
    var rest: String? { script.isEmpty ? nil : script }

    func prompt() {
        if isTerminal { try? StandardStream.error.write(Array((script.isEmpty ? "prima> " : "  ...> ").utf8)) }
    }

    func say(tookNanoseconds time: Int64) {
        if isTimed { console.say("\(time / 1_000_000).\(Self.padded(time / 1000 % 1000)) ms") }
    }

    private static func padded(_ number: Int64) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: 3 - digits.count) + digits
    }

    mutating func take(_ line: String) throws(CommandFailure) -> Step {
        if script.isEmpty, line.first == "." { return try obey(line) }
        guard line.allSatisfy(\.isWhitespace) else {
            script += line + "\n"
            return .nothing
        }
        guard !script.isEmpty else { return .nothing }
        defer { script = "" }
        return run(script)
    }

    private mutating func run(_ script: String) -> Step {
        history.append(script)
        return .run(script)
    }

    private mutating func obey(_ line: String) throws(CommandFailure) -> Step {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let operand = words.count > 1 ? words[1] : nil
        switch (words[0], operand) {
        case (".quit", nil): return .quit
        case (".help", nil): try console.result(Self.help)
        case (".history", nil):
            for (number, script) in history.enumerated() {
                try console.result("\(number + 1)  " + script.split(separator: "\n").joined(separator: " "))
            }
        case (".again", let number):
            let wanted = number.map { Int($0) ?? 0 } ?? history.count
            guard history.indices.contains(wanted - 1) else {
                console.say("there is no such script: .history lists them")
                return .nothing
            }
            return run(history[wanted - 1])
        case (".timer", "on"?): isTimed = true
        case (".timer", "off"?): isTimed = false
        case (".read", let file?):
            do throws(Unacceptable) {
                guard let bytes = try CommandContext.read(file, 1 << 26) else { throw Unacceptable("it is too large") }
                return run(String(decoding: bytes, as: UTF8.self))
            } catch {
                console.say("\(file): \(error.reason ?? "it cannot be read")")
            }
        default: console.say("what is \(line)? .help lists what there is")
        }
        return .nothing
    }
}
