internal import Basics
internal import FilesDriver
internal import NetDriver
internal import ProcessDriver
internal import Web

/// The server's log, on standard error: lines of text for a person, JSON for a machine.
struct Log: Sendable {
    let format: LogFormat
    let level: LogLevel
    private let writer: LogWriter

    /// Text on a terminal and JSON otherwise, unless the configuration says.
    init(_ loaded: LoadedConfiguration) {
        format = loaded.configuration.logFormat ?? (StandardStream.error.isTerminal ? .text : .json)
        level = loaded.configuration.logLevel
        let format = format
        writer = LogWriter { dropped in
            let now = SystemClock().milliseconds()
            return Self.line(format, now, .warning, "\(dropped) lines of the log were dropped", [])
        }
    }

    /// Writes a line; `fields` are what a machine looks for.
    func write(_ level: LogLevel, _ message: String, _ fields: [Report.Field] = []) {
        guard level >= self.level else { return }
        put(level, message, fields)
    }

    /// Writes what is meant for a person as it is.
    func say(_ text: String) { writer.put { Array(text.utf8) } }

    /// Returns when every line is written, or nobody reads them; later lines are written at once.
    func finish() async { await writer.finish() }

    private func put(
        _ level: LogLevel,
        _ message: String,
        _ fields: @autoclosure @escaping @Sendable () -> [Report.Field]
    ) {
        let (format, now) = (format, SystemClock().milliseconds())
        writer.put { Self.line(format, now, level, message, fields()) }
    }

    private static func line(
        _ format: LogFormat,
        _ now: Int64,
        _ level: LogLevel,
        _ message: String,
        _ fields: [Report.Field]
    ) -> [UInt8] {
        let line: String
        switch format {
        case .text:
            var time: [UInt8] = []
            HTTPDate.append(now / 1000, to: &time)
            let rest = fields.map { " \($0.name)=\($0.value.json)" }.joined()
            line = "\(String(decoding: time, as: UTF8.self)) \(level.rawValue) \(message)\(rest)"
        case .json:
            let head: [Report.Field] = [
                Report.Field("time", .number(now)), Report.Field("level", .text(level.rawValue)),
                Report.Field("message", .text(message)),
            ]
            line = Report.fields(head + fields).json
        }
        return Array((line + "\n").utf8)
    }
}

extension Log: RequestLog {
    func shows(_ weight: RequestLine.Weight) -> Bool { Self.level(of: weight) >= level }

    func write(_ line: RequestLine) { put(Self.level(of: line.weight), "request", Self.fields(of: line)) }

    private static func level(of weight: RequestLine.Weight) -> LogLevel {
        switch weight {
        case .answered: .debug
        case .refused: .info
        case .slow, .unavailable: .warning
        case .failed: .error
        }
    }

    private static func fields(of line: RequestLine) -> [Report.Field] {
        var fields: [Report.Field] = [
            Report.Field("method", .text("\(line.method)")), Report.Field("route", .text("\(line.route)")),
            Report.Field("status", .number(Int64(line.status))),
            Report.Field("ms", .thousandths(line.nanoseconds / 1000)),
            Report.Field("bytes", .number(Int64(line.bytes))),
        ]
        if let name = line.name { fields.append(Report.Field("requestId", .text(name))) }
        if let trace = line.trace { fields.append(Report.Field("traceId", .text(trace))) }
        if let span = line.span { fields.append(Report.Field("spanId", .text(span))) }
        return fields
    }
}
