internal import Basics
package import NetDriver

/// Brings each request to its route, or says why there is none: the handler of a server.
///
/// In this order: 404, 405, 403 for pages of foreign sites, 401, 406. What a route asks besides is its own business.
package final class Router: HTTPHandler {
    private let routes: [Route]
    private let credentials: Credentials
    private let browsers: BrowserRules
    private let names: RequestNames
    package let metrics: RouteMetrics

    package init(
        _ routes: [Route],
        credentials: Credentials,
        browsers: BrowserRules,
        names: RequestNames,
        metrics: RouteMetrics
    ) {
        self.routes = routes
        self.credentials = credentials
        self.browsers = browsers
        self.names = names
        self.metrics = metrics
    }

    package func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange) {
        let method = request.method == .head ? .get : request.method
        var index = -1
        var isPath = false
        for place in routes.indices where Self.matches(request.path, routes[place].pattern) {
            isPath = true
            guard routes[place].method == method else { continue }
            index = place
            break
        }
        guard index >= 0 else { return exchange.respond(missing(request, isPath ? .method : .path)) }
        exchange.route = UInt16(index + 1)
        let route = routes[index]
        do throws(Problem) {
            let context = try admit(request, route, index)
            route.action(request, context, exchange)
        } catch {
            exchange.respond(error.response(instance: Self.instance(request), name: names.next()))
        }
    }

    package func response(to refusal: HTTPRefusal) -> HTTPResponse {
        let name = names.next()
        let problem = Problem(refusal.status, "wire", "The request was refused: \(refusal.message).")
        return problem.response(instance: "urn:prima:request:\(name)", name: name)
    }

    package func finished(_ record: ExchangeRecord) { metrics.note(record) }

    // MARK: Parts

    private static func matches(_ path: RawSpan, _ pattern: Route.Pattern) -> Bool {
        switch pattern {
        case .exact(let text): return path.isSame(as: text)
        case .parameter(let text):
            let start = text.utf8CodeUnitCount
            guard path.byteCount > start, path.part(0..<start).isSame(as: text) else { return false }
            return path.firstIndex(of: UInt8(ascii: "/"), from: start) == nil
        }
    }

    private func admit(_ request: HTTPRequest, _ route: Route, _ index: Int) throws(Problem) -> RequestContext {
        if case .tokenAndOrigin = route.guarding {
            switch browsers.judge(request) {
            case .welcome: break
            case .foreignHost:
                throw Problem(.forbidden, "foreign-host", "`Host` names a host that this server does not answer for.")
            case .foreignOrigin:
                throw Problem(.forbidden, "foreign-origin", "Pages of this origin may not call this server.")
            }
        }
        var principal = RequestContext.Principal.anyone
        if case .open = route.guarding {
        } else {
            switch credentials.judge(request) {
            case .known(let known): principal = known
            case .missing: throw Self.unauthorized("This needs the operator's bearer token.", "Bearer realm=\"prima\"")
            case .wrong:
                throw Self.unauthorized(
                    "The bearer token is not the operator's.",
                    "Bearer realm=\"prima\", error=\"invalid_token\""
                )
            }
        }
        guard route.produces.isEmpty || MediaType.preferred(of: route.produces, by: request) != nil else {
            let types = route.produces.map { "\($0)" }.joined(separator: ", ")
            throw Problem(.notAcceptable, "not-acceptable", "Nothing that `Accept` allows is there: only \(types).")
        }
        let path: StaticString =
            switch route.pattern {
            case .exact(let text): text
            case .parameter(let text): text
            }
        return RequestContext(request, principal, route: index, path: path, names: names)
    }

    private static func unauthorized(_ detail: String, _ challenge: StaticString) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", detail)
        problem.fields.add("WWW-Authenticate", challenge)
        return problem
    }

    private enum Missing { case path, method }

    private func missing(_ request: HTTPRequest, _ missing: Missing) -> HTTPResponse {
        var problem: Problem
        switch missing {
        case .path: problem = Problem(.notFound, "no-such-path", "There is nothing at this path.")
        case .method:
            problem = Problem(.methodNotAllowed, "method-not-allowed", "This path does not take that method.")
            var methods: [String] = []
            for route in routes where Self.matches(request.path, route.pattern) {
                methods.append("\(route.method.name)")
                if route.method == .get { methods.append("HEAD") }
            }
            problem.fields.add("Allow", methods.joined(separator: ", "))
        }
        return problem.response(instance: Self.instance(request), name: names.next())
    }

    /// The path for a person to read; what is not plain ASCII was never in a target.
    private static func instance(_ request: HTTPRequest) -> String {
        request.path.part(0..<min(request.path.byteCount, 256)).text
    }
}
