/// An answer that is sent piece by piece: server-sent events, lines of JSON, anything without a known end.
///
/// Any thread may write; what it writes from one thread keeps its order. A piece is sent as one chunk.
package final class ResponseStream: Sendable {
    package let loop: EventLoop
    let ticket: AnswerTicket

    init(_ loop: EventLoop, _ ticket: AnswerTicket) {
        self.loop = loop
        self.ticket = ticket
    }

    /// Sends a piece; large ones are shared, not copied.
    ///
    /// `.full` has taken it, but wants the next one after `writable`. One that finds the queue over its limit cuts the
    /// stream: its reader sees that it is not whole.
    @discardableResult
    package func write(_ piece: [UInt8]) -> WebSocket.Outcome {
        if loop.isCurrent { return loop.write(ticket, piece) }
        loop.execute { [ticket] in _ = $0.write(ticket, piece) }
        return .posted
    }

    /// Ends the answer in order.
    package func finish() {
        if loop.isCurrent { return loop.finishStream(ticket) }
        loop.execute { [ticket] in $0.finishStream(ticket) }
    }

    /// Cuts the connection, so that the reader sees that the answer is not whole.
    package func abort() {
        if loop.isCurrent { return loop.abortStream(ticket) }
        loop.execute { [ticket] in $0.abortStream(ticket) }
    }
}

/// What feeds a stream, on its loop.
package protocol ResponseSource: AnyObject {
    /// The stream takes pieces: told when it begins, and again after `write` answered `.full`.
    func writable(_ stream: ResponseStream)

    /// The stream has ended, by `finish`, by its reader, or because the server stops: the last call, made once.
    func closed(_ stream: ResponseStream)
}
