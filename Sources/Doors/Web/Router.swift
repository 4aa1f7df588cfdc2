internal import Basics
package import NetDriver

/// Brings each request to its route, or says why there is none: the handler of a server.
///
/// In this order: 404, 403 for pages of foreign sites, 405, 401, 406, 429. What a route asks besides is its own
/// business. A page of a shared origin is told so in every answer, and may ask first (`OPTIONS`).
package final class Router: HTTPHandler {
    /// Whom the router asks about requests, and whom it tells of them.
    package struct Surroundings: Sendable {
        package var credentials: Credentials
        package var browsers: BrowserRules
        package var shared: SharedOrigins
        package var names: RequestNames
        package var metrics: RouteMetrics
        /// Nil: nobody reads lines of requests.
        package var log: (any RequestLog)?
        /// From here on an answer is slow.
        package var slowNanoseconds: Int64 = 1_000_000_000
        /// Nanoseconds of a clock that only goes forward.
        package var clock: @Sendable () -> Int64

        package init(
            credentials: Credentials,
            browsers: BrowserRules,
            shared: SharedOrigins = SharedOrigins(),
            names: RequestNames,
            metrics: RouteMetrics,
            log: (any RequestLog)? = nil,
            clock: @escaping @Sendable () -> Int64
        ) {
            self.credentials = credentials
            self.browsers = browsers
            self.shared = shared
            self.names = names
            self.metrics = metrics
            self.log = log
            self.clock = clock
        }
    }

    let routes: [Route]
    let surroundings: Surroundings
    /// Whether answers that went well have a line each, so that each request needs a name.
    let namesAll: Bool

    package init(_ routes: [Route], _ surroundings: Surroundings) {
        self.routes = routes
        self.surroundings = surroundings
        namesAll = surroundings.log?.shows(.answered) ?? false
    }

    package func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange) {
        let decision = decide(request)
        exchange.note = decision.note?.exchanged
        switch decision.outcome {
        case .routed(let index, let context):
            exchange.route = UInt16(index + 1)
            routes[index].action(request, context, exchange)
        case .mayAsk(let fields): exchange.respond(.noContent, fields: fields)
        case .refused(let problem, let index):
            // Whatever is refused has a name, so that its line in the log can be found.
            let note = decision.note ?? RequestNote(RequestWords(request), .none, surroundings.names)
            exchange.note = note.exchanged
            if let index { exchange.route = UInt16(index + 1) }
            let field: Problem.NameField = note.saysName ? .elsewhere : .here
            exchange.respond(problem.response(instance: Self.instance(request), name: note.text, field))
        }
    }

    package func response(to refusal: HTTPRefusal, note: inout ExchangeNote?) -> HTTPResponse {
        let known = note?.content as? RequestNote
        let name = known ?? RequestNote(RequestWords(), .none, surroundings.names)
        note = name.exchanged
        var problem = Problem(Self.status(refusal), "wire", "The request was refused: \(refusal.message).")
        if refusal == .unknownWebSocketVersion { problem.fields.add("Sec-WebSocket-Version", "13") }
        let field: Problem.NameField = name.saysName ? .elsewhere : .here
        return problem.response(instance: "urn:prima:request:\(name.text)", name: name.text, field)
    }

    /// The contract's errors are fewer than the wire's: a target is part of the head, a version of the handshake.
    private static func status(_ refusal: HTTPRefusal) -> HTTPStatus {
        switch refusal {
        case .targetTooLong: .headTooLarge
        case .unknownWebSocketVersion: .badRequest
        default: refusal.status
        }
    }

    package func finished(_ record: ExchangeRecord) {
        surroundings.metrics.note(record)
        guard let log = surroundings.log else { return }
        let route = record.route > 0 && Int(record.route) <= routes.count ? routes[Int(record.route) - 1] : nil
        let weight = RequestLine.Weight(
            record,
            route?.pace ?? .prompt,
            slowNanoseconds: surroundings.slowNanoseconds
        )
        guard log.shows(weight) else { return }
        let note = record.note?.content as? RequestNote
        log.write(
            RequestLine(
                weight: weight,
                method: note?.method?.name ?? route?.method?.name ?? "none",
                route: route?.name ?? "none",
                status: Int(record.status.code),
                nanoseconds: record.nanoseconds,
                bytes: record.sent,
                name: note?.text,
                trace: note?.trace.map { $0.trace.raw.text },
                span: note?.trace.map { $0.span.raw.text }
            )
        )
    }

    /// The path for a person to read; what is not plain ASCII was never in a target.
    private static func instance(_ request: HTTPRequest) -> String {
        request.path.part(0..<min(request.path.byteCount, 256)).text
    }
}
