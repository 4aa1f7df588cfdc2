/// Hears what happens on one WebSocket, on its loop.
///
/// It is made when the socket opens, and let go when it has closed; nothing else may use it from other threads.
package protocol WebSocketHandler: AnyObject {
    /// A whole message has come; a text is checked UTF-8. `message` ends with this call.
    func received(_ message: RawSpan, _ kind: WebSocketMessageKind, on socket: WebSocket)

    /// The socket takes messages again, after `send` answered `.full`.
    func writable(_ socket: WebSocket)

    /// The socket has closed: the last call, made once.
    func closed(_ socket: WebSocket, _ code: CloseCode)
}

extension WebSocketHandler {
    package func writable(_ socket: WebSocket) {}
    package func closed(_ socket: WebSocket, _ code: CloseCode) {}
}

/// What a message is made of.
package enum WebSocketMessageKind: Sendable { case text, binary }
