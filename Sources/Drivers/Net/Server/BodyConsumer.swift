/// Takes a request's body piece by piece, on its loop, without anybody keeping it whole.
package protocol BodyConsumer: AnyObject {
    /// Takes a piece, which ends with this call.
    func receive(_ piece: RawSpan, _ flow: BodyFlow) -> BodyDemand

    /// The body was whole; the exchange must be answered.
    func end(_ exchange: consuming HTTPExchange)

    /// The body will not be whole: too large, malformed, too slow, or the client has gone. The last call.
    func abandoned()
}

/// What a consumer wants next.
package enum BodyDemand: Sendable {
    case more
    /// Nothing until `BodyFlow.resume`; the sender waits.
    case pause
    /// Nothing: this is the answer, and the connection ends with it.
    case answer(HTTPResponse)
}

/// Lets a paused body go on, from any thread.
package struct BodyFlow: Sendable {
    let loop: EventLoop
    let connection: ConnectionToken

    package func resume() {
        if loop.isCurrent { return loop.resumeReading(connection) }
        loop.execute { [connection] in $0.resumeReading(connection) }
    }
}
