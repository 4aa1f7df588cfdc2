import Basics
import Model
import TestSupport
import Testing

@testable import NetDriver
@testable import Web

/// Which request comes to which route, who is refused before it, in which order, and by which name.
@Suite struct RouterTests {
    private static let app = "https://app.example"
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func router(token: String? = nil, limit: RateLimiter? = nil, log: SpokenLines? = nil) -> Router {
        let nothing: Route.Action = { _, _, exchange in exchange.respond(.ok) }
        let routes = [
            Route("write", .post, .exact("/things"), action: nothing),
            Route("list", .get, .exact("/things"), produces: ["application/json", "text/plain"], action: nothing),
            Route("last", .get, .exact("/things/last"), allowance: limit.map { Allowance($0) }, action: nothing),
            Route("thing", .get, .parameter(after: "/things/"), action: nothing),
            Route("open", .get, .exact("/open"), guarding: .open, produces: [], action: nothing),
        ]
        return Router(
            routes,
            Router.Surroundings(
                credentials: Credentials(token: token),
                browsers: BrowserRules(hosts: ["127.0.0.1", "app.example"]),
                shared: SharedOrigins([Self.app]),
                names: RequestNames(randomness: SeededRandomness(seed: 3)),
                metrics: RouteMetrics(routes.map { ($0.name, $0.method) }),
                log: log,
                clock: { 0 }
            )
        )
    }

    /// The route's name, or the status that is given instead.
    private func outcome(_ router: Router, _ request: RequestText) throws -> String {
        try request.read { request in
            switch router.decide(request).outcome {
            case .routed(let index, let context):
                #expect(context.route == index)
                return "\(router.routes[index].name) \(String(decoding: context.parameter, as: UTF8.self))"
            case .mayAsk: return "may ask"
            case .refused(let problem, _): return String(problem.status.code)
            }
        }
    }

    @Test func findsTheRoute() throws {
        let router = router()
        let wanted = [
            ("GET", "/things", "list "), ("HEAD", "/things", "list "), ("POST", "/things", "write "),
            ("GET", "/things/last", "last "), ("GET", "/things/7", "thing 7"), ("GET", "/things/%2F?x=/", "thing %2F"),
            ("GET", "/things/last%20", "thing last%20"), ("GET", "/open", "open "), ("GET", "/things?x=1", "list "),
            ("GET", "/", "404"), ("GET", "/things/", "404"), ("GET", "/things/7/8", "404"), ("GET", "/Things", "404"),
            ("DELETE", "/nothing", "404"), ("GET", "http://127.0.0.1/things", "list "), ("DELETE", "/things", "405"),
            ("POST", "/things/7", "405"), ("OPTIONS", "/open", "405"), ("OPTIONS", "*", "404"),
        ]
        for (method, target, name) in wanted {
            #expect(try outcome(router, RequestText(method, target)) == name, "\(method) \(target)")
        }
    }

    @Test func saysWhatIsAllowed() throws {
        for (target, methods) in [
            ("/things", "POST, GET, HEAD"), ("/things/last", "GET, HEAD"), ("/open", "GET, HEAD"),
        ] {
            let lines = try RequestText("DELETE", target).read { request -> String in
                guard case .refused(let problem, let route) = router().decide(request).outcome else { return "" }
                #expect(route == nil)
                return String(decoding: problem.response(instance: "/", name: "n", .here).fields.lines, as: UTF8.self)
            }
            #expect(lines.contains("\r\nAllow: \(methods)\r\n"))
        }
    }

    /// Every pair of reasons to refuse a request is told in the order of the contract.
    @Test func refusesInOrder() throws {
        let router = router(token: "secret")
        let foreign = ("Origin", "https://evil.example")
        let picky = ("Accept", "image/png")
        let good = ("Authorization", "Bearer secret")
        let wanted: [(String, String, [(String, String)], String)] = [
            ("GET", "/nothing", [foreign, picky], "404"), ("DELETE", "/things", [foreign], "403"),
            ("GET", "/things", [foreign, picky], "403"), ("GET", "/things", [foreign, good], "403"),
            ("DELETE", "/things", [picky], "405"), ("GET", "/things", [picky], "401"), ("GET", "/things", [], "401"),
            ("GET", "/things", [picky, good], "406"), ("GET", "/things", [good], "list "),
            ("GET", "/things", [("Host", "evil.example"), good], "403"), ("GET", "/open", [foreign, picky], "open "),
            ("GET", "/open", [("Host", "evil.example")], "open "),
        ]
        for (method, target, fields, name) in wanted {
            #expect(try outcome(router, RequestText(method, target, fields)) == name, "\(method) \(target) \(fields)")
        }
    }

    @Test func asksTheAllowance() throws {
        let rule = try #require(RateLimiter.Rule(points: 2, windowSeconds: 60, blockSeconds: 30))
        let router = router(limit: RateLimiter(rule))
        let request = RequestText("GET", "/things/last")
        #expect(try outcome(router, request) == "last ")
        #expect(try outcome(router, RequestText("GET", "/things/last", [("Accept", "image/png")])) == "406")
        #expect(try outcome(router, request) == "last ", "who is refused for another reason pays nothing")
        #expect(try outcome(router, RequestText("GET", "/things/8")) == "thing 8")
        try request.read { request in
            guard case .refused(let problem, _) = router.decide(request).outcome else {
                Issue.record("the third is one too many")
                return
            }
            #expect(problem.status == .tooManyRequests)
            let lines = String(decoding: problem.response(instance: "/", name: "n", .here).fields.lines, as: UTF8.self)
            #expect(lines.contains("Retry-After: 30\r\n"))
        }
    }

    @Test func sharesWithListedOriginsOnly() throws {
        let router = router(token: "secret")
        let ask = ("Access-Control-Request-Method", "POST")
        #expect(try outcome(router, RequestText("OPTIONS", "/things", [("Origin", Self.app), ask])) == "may ask")
        #expect(try outcome(router, RequestText("OPTIONS", "/open", [("Origin", Self.app), ask])) == "may ask")
        #expect(try outcome(router, RequestText("OPTIONS", "/nothing", [("Origin", Self.app), ask])) == "404")
        #expect(try outcome(router, RequestText("OPTIONS", "/things", [("Origin", Self.app)])) == "405")
        #expect(
            try outcome(router, RequestText("OPTIONS", "/things", [("Origin", "http://localhost:3"), ask])) == "405"
        )
        #expect(
            try outcome(router, RequestText("OPTIONS", "/things", [("Origin", "https://evil.example"), ask])) == "403"
        )
        for (origin, isShared) in [(Self.app, true), ("HTTPS://App.Example:443", true), ("http://app.example", false)] {
            let said = try RequestText("GET", "/things", [("Origin", origin)]).read { request in
                String(decoding: router.decide(request).note?.fields.lines ?? [], as: UTF8.self)
            }
            #expect(said.contains("Access-Control-Allow-Origin: \(origin)\r\n") == isShared, "\(origin)")
            #expect(said.contains("Vary: Origin\r\n"))
        }
    }

    @Test func namesRequests() throws {
        let router = router()
        let fields = [("X-Request-Id", "mine"), ("traceparent", Self.trace)]
        try RequestText("GET", "/things/7", fields).read { request in
            let decision = router.decide(request)
            guard case .routed(_, let context) = decision.outcome else {
                Issue.record("it is routed")
                return
            }
            #expect(context.name() == "mine")
            #expect(context.instance == "/things/7")
            let said = String(decoding: decision.note?.fields.lines ?? [], as: UTF8.self)
            #expect(said.contains("X-Request-Id: mine\r\n"))
            #expect(said.contains("traceresponse: 00-0af7651916cd43dd8448eb211c80319c-"))
            #expect(context.trace.map { said.contains(String(decoding: $0, as: UTF8.self)) } == true)
            let answer = Problem(.gone, "gone", "It is gone.").response(context)
            #expect(!String(decoding: answer.fields.lines, as: UTF8.self).contains("X-Request-Id"))
            #expect(String(decoding: answer.body, as: UTF8.self).contains("\"requestId\":\"mine\""))
        }
        var names: Set<String> = []
        for _ in 0..<20 {
            try RequestText("GET", "/things").read { request in
                guard case .routed(_, let context) = router.decide(request).outcome else { return }
                #expect(context.name() == context.name(), "a request has one name")
                names.insert(context.name())
            }
        }
        #expect(names.count == 20)
    }

    @Test func numbersStandForNamesThatAreOurs() throws {
        let router = router()
        func context(_ fields: [(String, String)], at path: String = "/things") throws -> RequestContext {
            try RequestText("GET", path, fields).read { request in
                guard case .routed(_, let context) = router.decide(request).outcome else { throw NotRouted() }
                return context
            }
        }
        let (one, other) = (try context([]), try context([]))
        #expect(one.isOfKind(of: other.unnamed))
        #expect(try !one.isOfKind(of: context([], at: "/things/7")))
        #expect(try !context([], at: "/things/8").isOfKind(of: context([], at: "/things/7")))
        let number = try #require(one.number())
        let again = other.unnamed.numbered(number)
        #expect(again.name() == one.name())
        #expect(again.number() == number)
        #expect(again.name() != other.name())
        #expect(try context([("X-Request-Id", "mine")]).number() == nil)
        #expect(try context([("traceparent", Self.trace)]).number() == nil)
    }

    private struct NotRouted: Error {}

    @Test func mapsTheWiresRefusalsToTheContracts() throws {
        let listed: Set<UInt16> = [
            400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 417, 422, 429, 431, 501, 503, 505,
        ]
        let router = router()
        for refusal in HTTPRefusal.allCases where refusal != .unanswered {
            var note: ExchangeNote?
            let response = router.response(to: refusal, note: &note)
            #expect(listed.contains(response.status.code), "\(refusal) \(response.status.code)")
            let name = try #require(note?.content as? RequestNote).text
            #expect(String(decoding: response.body, as: UTF8.self).contains("\"requestId\":\"\(name)\""))
        }
    }

    @Test func tellsTheLog() {
        func lines(_ floor: RequestLine.Weight, _ record: ExchangeRecord) -> [RequestLine] {
            let log = SpokenLines(floor)
            router(log: log).finished(record)
            return log.lines
        }
        func record(_ status: UInt16, route: UInt16 = 1, milliseconds: Int64 = 2) -> ExchangeRecord {
            ExchangeRecord(
                route: route,
                status: HTTPStatus(status),
                nanoseconds: milliseconds * 1_000_000,
                sent: 7,
                note: nil
            )
        }
        #expect(lines(.answered, record(200)).map(\.weight) == [.answered])
        #expect(lines(.refused, record(200)).isEmpty)
        #expect(lines(.refused, record(404, route: 0)).map(\.weight) == [.refused])
        #expect(lines(.slow, record(200, milliseconds: 1001)).map(\.weight) == [.slow])
        #expect(lines(.slow, record(503)).map(\.weight) == [.unavailable])
        #expect(lines(.failed, record(500)).map(\.weight) == [.failed])
        let line = lines(.answered, record(200, route: 2))[0]
        #expect("\(line.method) \(line.route) \(line.status) \(line.bytes)" == "GET list 200 7")
        #expect("\(lines(.answered, record(400, route: 0))[0].route)" == "none")
    }
}

/// Keeps the lines from some weight on.
final class SpokenLines: RequestLog {
    private let floor: Int
    private let kept = Lock<[RequestLine]>([])

    init(_ floor: RequestLine.Weight) { self.floor = Self.rank(floor) }

    var lines: [RequestLine] { kept.withLock { $0 } }

    func shows(_ weight: RequestLine.Weight) -> Bool { Self.rank(weight) >= floor }
    func write(_ line: RequestLine) { kept.withLock { $0.append(line) } }

    private static func rank(_ weight: RequestLine.Weight) -> Int {
        RequestLine.Weight.allCases.firstIndex(of: weight) ?? 0
    }
}
