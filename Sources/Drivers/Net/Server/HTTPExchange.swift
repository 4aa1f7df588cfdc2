internal import Basics

/// A request's claim to one answer, on its loop: every way to answer consumes it.
///
/// It must be consumed before the handler returns: to answer later take a `Responder` out of it.
@safe
package struct HTTPExchange: ~Copyable {
    // Sound without a count: the loop calls the handler, so that it outlives the call.
    private let unmanaged: Unmanaged<EventLoop>
    private var claim: AnswerTicket.Claim
    // Owned by the exchange until the ticket takes it: a value with a counted reference could not be discarded.
    private var kept: Unmanaged<ExchangeNote>?

    init(_ loop: EventLoop, _ ticket: AnswerTicket) {
        unsafe unmanaged = .passUnretained(loop)
        claim = ticket.claim
        unsafe kept = ticket.note.map { unsafe .passRetained($0) }
    }

    deinit { loop.refuse(ticket(), .unanswered) }

    /// The ticket, which takes the note along: to be called once, at the end.
    private func ticket() -> AnswerTicket {
        AnswerTicket(claim, note: unsafe kept?.takeRetainedValue())
    }

    /// The loop that serves this connection: what belongs to one loop needs no lock.
    package var loop: EventLoop { unsafe unmanaged.takeUnretainedValue() }

    /// Tells metrics which route it was; the numbers are the handler's own.
    package var route: UInt16 {
        get { claim.route }
        set { claim.route = newValue }
    }

    /// Goes with the answer, whatever it will be and whoever gives it.
    package var note: ExchangeNote? {
        get { unsafe kept?.takeUnretainedValue() }
        set {
            unsafe kept?.release()
            unsafe kept = newValue.map { unsafe .passRetained($0) }
        }
    }

    /// Answers with a copy of `body`; nothing is allocated.
    package consuming func respond(_ status: HTTPStatus, fields: HTTPFields = .none, body: RawSpan) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.answer(ticket, status, fields.lines, body)
    }

    /// Answers; a large body is shared, not copied.
    package consuming func respond(_ status: HTTPStatus, fields: HTTPFields = .none, body: [UInt8] = []) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.answer(ticket, HTTPResponse(status, fields: fields, body: body))
    }

    /// Answers; a large body is shared, not copied.
    package consuming func respond(_ response: HTTPResponse) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.answer(ticket, response)
    }

    /// Takes the claim along, to answer later and from any thread.
    ///
    /// The body, unless it was read, is read over.
    package consuming func deferred() -> Responder {
        let (loop, ticket) = (loop, ticket())
        discard self
        return Responder(loop, loop.settled(ticket))
    }

    /// Calls `then` with the whole body once it is there, at once when it arrived with the head.
    ///
    /// A body over `limit` (the server's own when nil) is refused, as early as it is known; so is one that comes too
    /// slowly. `then` runs on the loop, and never when the connection ends first.
    package consuming func readBody(
        limit: Int? = nil,
        then: @escaping (_ request: HTTPRequest, _ body: RawSpan, _ exchange: consuming HTTPExchange) -> Void
    ) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.readBody(ticket, limit: limit, then: then)
    }

    /// Hands the body to `consumer` as it comes, up to `limit` (the server's own when nil).
    package consuming func readBody(limit: Int? = nil, into consumer: any BodyConsumer) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.readBody(ticket, limit: limit, into: consumer)
    }

    /// Answers piece by piece; `source` is told when the stream takes pieces, and when it has ended.
    ///
    /// A client of HTTP/1.0 gets the body up to the connection's end, HEAD gets no pieces.
    @discardableResult
    package consuming func stream(
        _ status: HTTPStatus,
        fields: HTTPFields,
        heartbeat: Heartbeat? = nil,
        slowReader: SlowReader = .isCut,
        from source: any ResponseSource
    ) -> ResponseStream {
        let (loop, ticket) = (loop, ticket())
        discard self
        return loop.stream(ticket, status, fields, source, heartbeat, slowReader)
    }

    /// Opens a WebSocket, or refuses a handshake that is malformed.
    ///
    /// `subprotocol` is one that the request offers; `make` runs at once, on the loop.
    package consuming func upgrade(
        _ request: HTTPRequest,
        subprotocol: String? = nil,
        fields: HTTPFields = .none,
        _ make: (WebSocket) -> any WebSocketHandler
    ) {
        let (loop, ticket) = (loop, ticket())
        discard self
        loop.upgrade(ticket, request, subprotocol, fields, make)
    }
}
