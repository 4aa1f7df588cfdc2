internal import Basics
internal import NetDriver
internal import Web

/// One socket of `GET /api/ws`.
///
/// There may be very many that are silent, so it holds three words, 48 bytes with the allocator's; whatever speaking
/// needs is made when a message comes.
final class EventsSocket: WebSocketHandler {
    private let kind: SocketKind
    /// The number of its request; without a meaning when there is a talk from the beginning.
    private let number: UInt64
    private var talk: SocketTalk?

    init(_ kind: SocketKind, _ context: RequestContext) {
        self.kind = kind
        if let number = context.number() {
            self.number = number
        } else {
            number = 0
            talk = SocketTalk(kind, context)
        }
    }

    func received(_ message: RawSpan, _ kind: WebSocketMessageKind, on socket: WebSocket) {
        guard (kind == .text) == (self.kind.words == .json) else { return socket.close(.unsupportedData) }
        let talk = talk ?? SocketTalk(self.kind, self.kind.context.numbered(number))
        self.talk = talk
        talk.received(message, on: socket)
    }

    func writable(_ socket: WebSocket) { talk?.resume() }

    func closed(_ socket: WebSocket, _ code: CloseCode) { talk?.end() }
}
