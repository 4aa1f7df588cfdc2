internal import Basics
internal import NetDriver

/// What becomes of a request, before anything is done about it: a function of its head, and of what limits remember.
extension Router {
    struct Decision {
        let outcome: Outcome
        /// Nil when nobody would read it.
        let note: RequestNote?
    }

    enum Outcome {
        case routed(Int, RequestContext)
        /// A page of a shared origin asks whether it may.
        case mayAsk(HTTPFields)
        /// The route is the one that would have been asked.
        case refused(Problem, Int?)
    }

    func decide(_ request: HTTPRequest) -> Decision {
        let method = request.method == .head ? .get : request.method
        var found: Int?
        var place = Place.nowhere
        for candidate in routes.indices where Self.matches(request.path, routes[candidate].pattern) {
            place = place.with(routes[candidate].guarding, request)
            guard routes[candidate].method == nil || routes[candidate].method == method else { continue }
            found = candidate
            break
        }
        let words = RequestWords(request)
        let isShared = words.hasOrigin && surroundings.shared.contains(request)
        let note = note(words, request, place, isShared)
        do throws(Problem) {
            guard place != .nowhere else { throw Self.noPath }
            if place == .guarded { try checkOrigin(request) }
            if method == .options, request.field("access-control-request-method") != nil {
                if place == .everySite { return Decision(outcome: .mayAsk(EverySite.preflight(request)), note: note) }
                if isShared {
                    return Decision(outcome: .mayAsk(SharedOrigins.preflight(methods(at: request))), note: note)
                }
            }
            guard let found else { throw noMethod(at: request) }
            let route = routes[found]
            let principal = try identify(request, route)
            try negotiate(request, route)
            let context = RequestContext(request, principal, found, route.path, surroundings.names, note)
            try count(request, context, route)
            return Decision(outcome: .routed(found, context), note: note)
        } catch {
            return Decision(outcome: .refused(error, found), note: note)
        }
    }

    // MARK: What stands at a path

    private enum Place {
        case nowhere, open, everySite, guarded

        func with(_ guarding: Route.Guarding, _ request: HTTPRequest) -> Place {
            switch guarding {
            case .tokenAndOrigin: .guarded
            case .asked(let openness): openness(request.path) == .everySite ? .everySite : .guarded
            case .everySite: .everySite
            case .open: self == .nowhere ? .open : self
            }
        }
    }

    private static func matches(_ path: RawSpan, _ pattern: Route.Pattern) -> Bool {
        switch pattern {
        case .exact(let text): return path.isSame(as: text)
        case .parameter(let text):
            let start = text.utf8CodeUnitCount
            guard path.byteCount > start, path.part(0..<start).isSame(as: text) else { return false }
            return path.firstIndex(of: UInt8(ascii: "/"), from: start) == nil
        case .tree(let text):
            let start = text.utf8CodeUnitCount
            guard path.byteCount >= start, path.part(0..<start).isSame(as: text) else { return false }
            return path.byteCount == start || path.byte(at: start) == UInt8(ascii: "/")
        }
    }

    private func methods(at request: HTTPRequest) -> String {
        var methods: [String] = []
        for route in routes where Self.matches(request.path, route.pattern) {
            // Several patterns may fit a path.
            guard let method = route.method, !methods.contains("\(method.name)") else { continue }
            methods.append("\(method.name)")
            if method == .get { methods.append("HEAD") }
        }
        return methods.joined(separator: ", ")
    }

    private func note(_ words: RequestWords, _ request: HTTPRequest, _ place: Place, _ isShared: Bool) -> RequestNote? {
        var fields = HTTPFields.none
        if place == .everySite {
            fields = EverySite.fields
        } else if isShared {
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
        guard case .tokenAndOrigin = route.guarding else { return .anyone }
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
