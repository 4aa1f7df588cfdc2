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

    private let routes: [Route]
    private let surroundings: Surroundings
    /// Whether answers that went well have a line each, so that each request needs a name.
    private let namesAll: Bool

    package init(_ routes: [Route], _ surroundings: Surroundings) {
        self.routes = routes
        self.surroundings = surroundings
        namesAll = surroundings.log?.shows(.answered) ?? false
    }

    package func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange) {
        let method = request.method == .head ? .get : request.method
        var index = -1
        var place = Place.nowhere
        for candidate in routes.indices where Self.matches(request.path, routes[candidate].pattern) {
            place = place.with(routes[candidate].guarding)
            guard routes[candidate].method == method else { continue }
            index = candidate
            break
        }
        let words = RequestWords(request)
        let isShared = words.hasOrigin && surroundings.shared.contains(request)
        let note = note(words, request, place, isShared)
        exchange.note = note?.exchanged
        do throws(Problem) {
            guard place != .nowhere else { throw Self.noPath }
            if place == .guarded { try checkOrigin(request) }
            if isShared, method == .options, request.field("access-control-request-method") != nil {
                return exchange.respond(.noContent, fields: SharedOrigins.preflight(methods(at: request)))
            }
            guard index >= 0 else { throw noMethod(at: request) }
            exchange.route = UInt16(index + 1)
            let route = routes[index]
            let principal = try identify(request, route)
            try negotiate(request, route)
            let context = RequestContext(request, principal, index, route.path, surroundings.names, note)
            try count(request, context, route)
            route.action(request, context, exchange)
        } catch {
            let note = note ?? RequestNote(words, .none, surroundings.names)
            exchange.note = note.exchanged
            let field: Problem.NameField = note.saysName ? .elsewhere : .here
            exchange.respond(error.response(instance: Self.instance(request), name: note.text, field))
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
                method: note?.method?.name ?? route?.method.name ?? "none",
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

    // MARK: What stands at a path

    private enum Place {
        case nowhere, open, guarded

        func with(_ guarding: Route.Guarding) -> Place {
            if case .tokenAndOrigin = guarding { return .guarded }
            return self == .nowhere ? .open : self
        }
    }

    private static func matches(_ path: RawSpan, _ pattern: Route.Pattern) -> Bool {
        switch pattern {
        case .exact(let text): return path.isSame(as: text)
        case .parameter(let text):
            let start = text.utf8CodeUnitCount
            guard path.byteCount > start, path.part(0..<start).isSame(as: text) else { return false }
            return path.firstIndex(of: UInt8(ascii: "/"), from: start) == nil
        }
    }

    private func methods(at request: HTTPRequest) -> String {
        var methods: [String] = []
        for route in routes where Self.matches(request.path, route.pattern) {
            methods.append("\(route.method.name)")
            if route.method == .get { methods.append("HEAD") }
        }
        return methods.joined(separator: ", ")
    }

    /// The path for a person to read; what is not plain ASCII was never in a target.
    private static func instance(_ request: HTTPRequest) -> String {
        request.path.part(0..<min(request.path.byteCount, 256)).text
    }

    private func note(_ words: RequestWords, _ request: HTTPRequest, _ place: Place, _ isShared: Bool) -> RequestNote? {
        var fields = HTTPFields.none
        if isShared {
            fields = SharedOrigins.fields(for: request)
        } else if !surroundings.shared.isEmpty {
            fields = SharedOrigins.strangers
        } else if place != .guarded, !namesAll, words.name == nil, words.parent == nil {
            // Nothing to say, and nothing that goes wrong here needs a name before it does.
            return nil
        }
        return RequestNote(words, fields, surroundings.names)
    }

    // MARK: Who may ask for what

    private static let noPath = Problem(.notFound, "no-such-path", "There is nothing at this path.")

    private func noMethod(at request: HTTPRequest) -> Problem {
        var problem = Problem(.methodNotAllowed, "method-not-allowed", "This path does not take that method.")
        problem.fields.add("Allow", methods(at: request))
        return problem
    }

    private func checkOrigin(_ request: HTTPRequest) throws(Problem) {
        switch surroundings.browsers.judge(request) {
        case .welcome: return
        case .foreignHost:
            throw Problem(.forbidden, "foreign-host", "`Host` names a host that this server does not answer for.")
        case .foreignOrigin:
            throw Problem(.forbidden, "foreign-origin", "Pages of this origin may not call this server.")
        }
    }

    private func identify(_ request: HTTPRequest, _ route: Route) throws(Problem) -> RequestContext.Principal {
        if case .open = route.guarding { return .anyone }
        switch surroundings.credentials.judge(request) {
        case .known(let known): return known
        case .missing: throw Self.unauthorized("This needs the operator's bearer token.", "Bearer realm=\"prima\"")
        case .wrong:
            throw Self.unauthorized(
                "The bearer token is not the operator's.",
                "Bearer realm=\"prima\", error=\"invalid_token\""
            )
        }
    }

    private static func unauthorized(_ detail: String, _ challenge: StaticString) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", detail)
        problem.fields.add("WWW-Authenticate", challenge)
        return problem
    }

    private func negotiate(_ request: HTTPRequest, _ route: Route) throws(Problem) {
        guard !route.produces.isEmpty, MediaType.preferred(of: route.produces, by: request) == nil else { return }
        let types = route.produces.map { "\($0)" }.joined(separator: ", ")
        throw Problem(.notAcceptable, "not-acceptable", "Nothing that `Accept` allows is there: only \(types).")
    }

    private func count(_ request: HTTPRequest, _ context: RequestContext, _ route: Route) throws(Problem) {
        guard let allowance = route.allowance else { return }
        let asker = allowance.key(request, context)
        guard case .refused(let seconds) = allowance.limiter.take(asker, now: surroundings.clock()) else { return }
        throw Problem(.tooManyRequests, "too-many-requests", "This was asked for too often.")
            .retried(afterSeconds: seconds)
    }
}
