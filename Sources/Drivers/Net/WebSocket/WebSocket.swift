/// An open WebSocket: a name for it that any thread may keep and use.
///
/// What is done to one that has closed does nothing.
package struct WebSocket: Sendable, Hashable {
    package let loop: EventLoop
    let token: ConnectionToken

    /// What became of a message that was to be sent.
    package enum Outcome: Sendable {
        /// The socket has it, or its queue has room for more.
        case sent
        /// The queue is over its mark: it has this message too, but wait for `writable` before the next.
        case full
        /// The message is dropped: the socket is closed or closing, or its queue holds all it may.
        case closed
        /// It was handed to the socket's loop from another thread.
        case posted
    }

    /// Sends a message, in the order of the calls of one thread.
    ///
    /// From another thread one that finds the queue over its limit closes the socket (1013): there is no gap that its
    /// reader does not hear of.
    @discardableResult
    package func send(_ frame: WebSocketFrame) -> Outcome {
        guard loop.isCurrent else {
            loop.post(.frame(token, frame.bytes))
            return .posted
        }
        return loop.send(token, frame.bytes)
    }

    /// Closes in order: what was sent before arrives first.
    package func close(_ code: CloseCode = .normal, _ reason: String = "") {
        if loop.isCurrent { return loop.close(token, code, reason) }
        let token = token
        loop.execute { $0.close(token, code, reason) }
    }

    /// Bytes that wait to be sent; to be asked on its loop.
    package var waiting: Int { loop.waiting(token) }

    /// Reads nothing more until `resume`, so that its sender waits.
    package func pause() { onLoop { $0.pauseReading($1) } }

    package func resume() { onLoop { $0.resumeReading($1) } }

    private func onLoop(_ work: @escaping @Sendable (EventLoop, ConnectionToken) -> Void) {
        if loop.isCurrent { return work(loop, token) }
        let token = token
        loop.execute { work($0, token) }
    }

    package static func == (one: WebSocket, other: WebSocket) -> Bool {
        one.loop === other.loop && one.token == other.token
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(loop))
        hasher.combine(token)
    }
}
