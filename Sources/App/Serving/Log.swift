internal import Basics
internal import FilesDriver
internal import NetDriver
internal import ProcessDriver

/// The server's log, on standard error: lines of text for a person, JSON for a machine.
struct Log: Sendable {
    let format: LogFormat
    let level: LogLevel

    /// Text on a terminal and JSON otherwise, unless the configuration says.
    init(_ loaded: LoadedConfiguration) {
        format = loaded.configuration.logFormat ?? (StandardStream.error.isTerminal ? .text : .json)
        level = loaded.configuration.logLevel
    }

    /// Writes a line; `fields` are what a machine looks for.
    func write(_ level: LogLevel, _ message: String, _ fields: [Report.Field] = []) {
        guard level >= self.level else { return }
        var time: [UInt8] = []
        let now = SystemClock().milliseconds()
        HTTPDate.append(now / 1000, to: &time)
        switch format {
        case .text:
            let rest = fields.map { " \($0.name)=\($0.value.json)" }.joined()
            say("\(String(decoding: time, as: UTF8.self)) \(level.rawValue) \(message)\(rest)\n")
        case .json:
            let head: [Report.Field] = [
                Report.Field("time", .number(now)), Report.Field("level", .text(level.rawValue)),
                Report.Field("message", .text(message)),
            ]
            say(Report.fields(head + fields).json + "\n")
        }
    }

    private func say(_ line: String) { try? StandardStream.error.write(Array(line.utf8)) }
}
