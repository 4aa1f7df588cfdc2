internal import Basics
internal import Datalog
internal import FilesDriver
internal import ProcessDriver

/// Answers scripts from one database.
struct ReasonShell {
    private let console: Console
    private let folder: ReasonFolder?
    private let database: Database

    init(_ console: Console, _ folder: ReasonFolder?) {
        self.console = console
        self.folder = folder
        database = folder?.database ?? Database()
    }

    /// The parameters that an object holds; nil for anything else.
    static func parameters(_ tree: JSONTree?) -> [String: Datum]? {
        guard case .object(let members)? = tree else { return nil }
        return Dictionary(members.map { ($0.key, $0.value.datum) }) { $1 }
    }

    private static func call(_ parameters: [String: Datum]) -> Database.Call {
        let clock = MonotonicClock()
        return Database.Call(
            parameters: parameters,
            now: SystemClock().milliseconds() * 1000,
            seed: UInt64(bitPattern: clock.nanoseconds()),
            elapsed: { Double(clock.nanoseconds()) / 1e9 },
            pause: { clock.pause(seconds: $0) },
            readFile: { path in (try? CommandContext.read(path, 1 << 30)) ?? nil }
        )
    }

    /// Runs one script and prints its answer; false when it failed.
    func run(_ script: String, _ parameters: [String: Datum], _ style: OutputStyle) throws(CommandFailure) -> Bool {
        do {
            let answer = try database.run(script, Self.call(parameters))
            try print(answer, style)
            return true
        } catch let error as ScriptError {
            try print(error, script, style)
            return false
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    private func print(_ answer: Answer, _ style: OutputStyle) throws(CommandFailure) {
        guard style == .json else { return try console.result(AnswerTable(answer).text) }
        var line = JSONText()
        line.append("{\"ok\":true,\"headers\":")
        line.write(answer.headers.map { .text($0) })
        line.append(",\"rows\":")
        line.list(answer.rows) { $0.write($1) }
        line.append("}\n")
        try console.result(line.bytes)
    }

    private func print(_ error: ScriptError, _ script: String, _ style: OutputStyle) throws(CommandFailure) {
        guard style == .json else { return console.say(error.rendered(in: script)) }
        let place = error.place(in: script)
        var line = JSONText()
        line.append("{\"ok\":false,\"code\":")
        line.write(error.kind.rawValue)
        line.append(",\"message\":")
        line.write(error.message)
        line.append(",\"line\":\(place.line),\"column\":\(place.column)}\n")
        try console.result(line.bytes)
    }

    /// A document a line in, a document a line out.
    func serveLines() throws(CommandFailure) {
        try eachLine { line throws(CommandFailure) in
            if line.allSatisfy({ $0 == " " }) { return .goOn }
            let tree = JSONTree(parsing: line)
            guard case .text(let script)? = tree?.member("script"),
                let parameters = Self.parameters(tree?.member("params") ?? .object([]))
            else {
                let bad =
                    "{\"ok\":false,\"code\":\"parser::pest\",\"message\":\"a line is {\\\"script\\\": text, "
                    + "\\\"params\\\"?: object}\",\"line\":1,\"column\":1}"
                try console.result(bad)
                return .goOn
            }
            _ = try run(script, parameters, .json)
            return .goOn
        }
    }

    /// Scripts with empty lines between them, and commands that begin with a dot.
    func serveText() throws(CommandFailure) {
        var talk = ReasonTalk(console, history: try folder?.history() ?? [], isTerminal: StandardStream.isInputTerminal)
        talk.prompt()
        try eachLine { line throws(CommandFailure) in
            switch try talk.take(line) {
            case .nothing: break
            case .run(let script):
                let clock = MonotonicClock()
                let start = clock.nanoseconds()
                _ = try run(script, [:], .text)
                talk.say(tookNanoseconds: clock.nanoseconds() - start)
                try folder?.remember(script)
            case .quit: return .stop
            }
            talk.prompt()
            return .goOn
        }
        if let script = talk.rest { _ = try run(script, [:], .text) }
    }

    private enum Continuation { case goOn, stop }

    private func eachLine(_ body: (String) throws(CommandFailure) -> Continuation) throws(CommandFailure) {
        let input = ByteSource.standardInput
        var rest: [UInt8] = []
        while let chunk = try next(input) {
            rest += chunk
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeSubrange(...end)
                guard try body(line) == .goOn else { return }
            }
        }
        if !rest.isEmpty { _ = try body(String(decoding: rest, as: UTF8.self)) }
    }

    private func next(_ input: ByteSource) throws(CommandFailure) -> [UInt8]? {
        do { return try input.next() } catch { throw CommandFailure(.failed, "\(error)") }
    }
}

/// An answer as a table.
private struct AnswerTable {
    private let answer: Answer

    init(_ answer: Answer) { self.answer = answer }

    var text: String {
        let cells = [answer.headers] + answer.rows.map { row in row.map(\.shown) }
        let widths = answer.headers.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.map { row in
            zip(row, widths).map { $0.padded(to: $1) }.joined(separator: " | ").trimmedEnd
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "-+-")
        let count = answer.rowCount == 1 ? "1 row" : "\(answer.rowCount) rows"
        return ([lines.first ?? "", rule] + lines.dropFirst() + ["(\(count))"]).joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
