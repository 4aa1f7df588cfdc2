/// Every limit and time-out of the wire, in one place.
///
/// What crosses one of them is refused with a status, or closed; nothing is cut silently. Times are seconds.
package struct NetLimits: Sendable {
    package init() {}

    // MARK: A request

    /// The whole head: request line and header fields; at most 65,535, and beyond the limit 431.
    package var headBytes = 32 * 1024
    /// Header fields of one head; beyond it, 431.
    package var headerFields = 100
    /// The request target; beyond it, 414.
    package var targetBytes = 8 * 1024
    /// A body, when the handler names no limit of its own; beyond it, 413.
    package var bodyBytes = 8 * 1024 * 1024
    /// A line that announces a chunk, its extensions included, and the trailer section; beyond it, 400.
    package var chunkLineBytes = 1024
    package var trailerBytes = 8 * 1024
    /// A body that nobody wants is read up to this, so that the connection stays useful; a larger one closes it.
    package var discardedBytes = 64 * 1024

    // MARK: Time

    /// From a connection's beginning to the end of its TLS handshake; beyond it, it is closed.
    package var handshakeSeconds = 10.0
    /// From a request's first byte, or from the connection's beginning, to the end of its head; beyond it, 408.
    package var headSeconds = 30.0
    /// A body's least speed; the first seconds are free, and no more than these can be saved up; beyond it, 408.
    package var bodyBytesPerSecond = 1024
    package var bodyGraceSeconds = 5.0
    /// How often a stream that has nothing to say says so.
    package var heartbeatSeconds = 15.0
    /// How long a connection waits for its next request.
    package var idleSeconds = 75.0
    /// How long a reader may take nothing of what waits for it.
    package var stalledSeconds = 30.0
    /// How long the rest of the event that a reader was in when it stalled waits for it.
    package var leftBehindSeconds = 300.0
    /// A refused client may send on for this long, so that it reads why it was refused.
    package var lingerSeconds = 2.0

    // MARK: A connection

    /// Requests of one connection that wait for their answers; reading stops meanwhile.
    package var pipelined = 32
    /// What waits to be sent to one connection: above this reading stops and streams are told to wait.
    package var outputMark = 256 * 1024
    /// What the system may hold of it, beyond what is on its way.
    package var unsentBytes = 128 * 1024
    /// Above this nothing more is taken for the connection.
    package var outputBytes = 16 * 1024 * 1024

    // MARK: WebSocket

    /// A message, all its fragments together; beyond it, close code 1009.
    package var messageBytes = 8 * 1024 * 1024
    /// A socket that is silent for this long is sent a ping; silent for as long again, it is closed.
    package var pingSeconds = 30.0
    /// How long a closing handshake may take.
    package var closeSeconds = 5.0

    // MARK: The server

    /// Open connections, all loops together; beyond it, 503, at once.
    ///
    /// A server lowers it to what its descriptors are enough for.
    package var connections = 100_000
    /// Requests that wait for their answers, on each loop; beyond it, 503.
    package var unanswered = 4096
    /// What the connections of a loop hold, in and out; beyond it, 503.
    package var bufferedBytes = 256 * 1024 * 1024
    /// What `Retry-After` says when load is shed.
    package var retryAfterSeconds = 1
    /// The queue of connections that the system keeps until they are accepted.
    package var backlog = 4096
}
