internal import Basics
internal import NetDriver
internal import Web

/// `GET /api/ws`.
extension EventsDoor {
    func socket(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        guard request.asksWebSocket else {
            return exchange.respond(Self.badSocket("This path takes WebSocket handshakes only.").response(context))
        }
        var words: SocketWords?
        request.forEachField { name, value in
            guard name.isSameIgnoringCase(as: "sec-websocket-protocol") else { return .next }
            value.forEachElement { element in
                if words == nil, element.isSame(as: "prima.json") { words = .json }
                if words == nil, element.isSame(as: "prima.cbor") { words = .cbor }
                return .next
            }
            return .next
        }
        guard let words else {
            let problem = Self.badSocket("The subprotocols here are prima.json and prima.cbor; name one of them.")
            return exchange.respond(problem.response(context))
        }
        let kind = sockets.kind(of: context, words, self)
        exchange.upgrade(request, subprotocol: words == .json ? "prima.json" : "prima.cbor") { _ in
            EventsSocket(kind, context)
        }
    }

    private static func badSocket(_ detail: String) -> Problem { Problem(.badRequest, "bad-handshake", detail) }
}
