/// Answers the requests of a server; a router is one.
///
/// Called on the loops' threads, several at a time, and never to wait: what takes longer than some 100 µs answers
/// later, through `HTTPExchange.deferred` or `.start`. An exchange is consumed by whatever answers it, so that the
/// compiler sees that there is one answer; one that is dropped is answered with 500.
package protocol HTTPHandler: Sendable {
    /// Answers a request whose head has arrived; its body has not been read, and comes by `exchange.readBody`.
    ///
    /// `request` is a view of the connection's buffer, and ends with this call.
    func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange)

    /// What to say to a client that the wire refuses; `note` is that of the exchange, and may be set when it is nil.
    func response(to refusal: HTTPRefusal, note: inout ExchangeNote?) -> HTTPResponse

    /// Hears of every request that was answered in full, on its loop; for metrics and logs.
    func finished(_ record: ExchangeRecord)
}

extension HTTPHandler {
    package func response(to refusal: HTTPRefusal, note: inout ExchangeNote?) -> HTTPResponse {
        HTTPResponse(
            refusal.status,
            fields: HTTPFields(contentType: "text/plain; charset=utf-8"),
            body: Array("\(refusal.message)\n".utf8)
        )
    }

    package func finished(_ record: ExchangeRecord) {}
}

/// What a request and its answer came to.
package struct ExchangeRecord: Sendable {
    /// What the handler noted in `HTTPExchange.route`; 0 when it did not, or never saw the request.
    package let route: UInt16
    package let status: HTTPStatus
    /// From the end of the head to the answer's last byte being handed to the connection.
    package let nanoseconds: Int64
    /// The answer's body as it was sent, in bytes.
    package let sent: Int
    /// What the handler noted in `HTTPExchange.note`.
    package let note: ExchangeNote?
}
