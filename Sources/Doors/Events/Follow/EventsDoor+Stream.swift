internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// `GET /api/events/stream`.
extension EventsDoor {
    func stream(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let query: LedgerQuery
        do throws(Problem) {
            query = try Self.followQuery(request)
            try Self.check(query.after, services.ledger.extent)
        } catch {
            return exchange.respond(error.response(context))
        }
        var fields = HTTPFields(contentType: "text/event-stream")
        fields.add("Cache-Control", "no-store")
        fields.add("X-Accel-Buffering", "no")
        let follower = Follower(exchange.loop, query, .serverSentEvent, hub, nil)
        let ping = Heartbeat(Array(": ping\n\n".utf8), every: exchange.loop.limits.heartbeatSeconds)
        let source = StreamFollow(follower)
        exchange.stream(.ok, fields: fields, heartbeat: ping, slowReader: .isEnded, from: source)
    }

    private static func followQuery(_ request: HTTPRequest) throws(Problem) -> LedgerQuery {
        var parameters = QueryParameters(request)
        var query = LedgerQuery()
        query.after = parameters.integer("after", in: -1...Limits.integer) ?? -1
        query.readFilters(&parameters)
        if let last = request.field("last-event-id"), last.byteCount > 0 {
            if let position = last.decimal {
                query.after = Int64(position)
            } else if last.isSame(as: "-1") {
                query.after = -1
            } else {
                parameters.fail("Last-Event-ID", "wrong_type", "it is a position")
            }
        }
        try parameters.finish()
        return query
    }

    /// -1 begins wherever the ledger does; any other beginning must still be there.
    static func check(_ after: Int64, _ extent: LedgerExtent) throws(Problem) {
        guard after == -1 || after >= extent.first - 1 else { throw .gone(first: extent.first) }
    }
}
