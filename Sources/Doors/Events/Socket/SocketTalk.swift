internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// What is said on one socket, on its loop: appends, follows and stops.
final class SocketTalk {
    private static let followLimit = 64

    private let kind: SocketKind
    private let context: RequestContext
    private var follows: [Value: Follower] = [:]
    /// Made by the first append: most sockets only listen, and there may be many.
    private var pace: AppendPace?

    init(_ kind: SocketKind, _ context: RequestContext) {
        self.kind = kind
        self.context = context
    }

    private var words: SocketWords { kind.words }

    func received(_ message: RawSpan, on socket: WebSocket) {
        var identifier: Value?
        do throws(Problem) {
            let request = try SocketRequest(message, words)
            identifier = request.identifier
            let (known, wish) = try request.granted()
            switch wish {
            case .append(.success(let events)):
                try append(events, message.byteCount, known, socket)
            case .append(.failure(let refusal)): throw Problem(refusal)
            case .follow(let value): try follow(value, known, socket)
            case .stop(let value): try stop(value, known, socket)
            }
        } catch {
            socket.send(words.frame(identifier, error, context))
        }
    }

    func resume() { for follower in follows.values { follower.resume() } }

    func end() {
        for follower in follows.values { follower.end() }
        follows = [:]
    }

    // MARK: Wishes

    private func append(
        _ events: [Event],
        _ bytes: Int,
        _ identifier: Value,
        _ socket: WebSocket
    ) throws(Problem) {
        let room = kind.room
        try room.take(bytes)
        let pace = pace ?? AppendPace()
        self.pace = pace
        if pace.entered() == .pause { socket.pause() }
        let (words, context, counts) = (words, context, kind.counts)
        let writer = context.writer
        kind.services.append(events.map { Submission($0, by: writer) }) { result in
            counts.note(result)
            room.give(bytes)
            socket.loop.execute { _ in
                switch result {
                case .success(let receipt): socket.send(words.frame(identifier, receipt))
                case .failure(let error): socket.send(words.frame(identifier, Problem(error, .array), context))
                }
                if pace.left() == .resume { socket.resume() }
            }
        }
    }

    private func follow(_ value: Value, _ identifier: Value, _ socket: WebSocket) throws(Problem) {
        let query = try LedgerQuery(follow: value)
        guard follows[identifier] == nil else {
            throw Problem(.conflict, "conflict", "There is a follow of this identifier already.")
        }
        guard follows.count < Self.followLimit else {
            throw Problem(.unprocessable, "too-many", "A socket has at most \(Self.followLimit) follows.")
        }
        try EventsDoor.check(query.after, kind.services.ledger.extent)
        let (words, context) = (words, context)
        let follower = Follower(
            socket.loop,
            query,
            words.form(identifier),
            kind.hub,
            .socket(socket) { socket.send(words.frame(identifier, $0, context)) }
        )
        follows[identifier] = follower
        kind.hub.begin(follower)
    }

    private func stop(_ value: Value, _ identifier: Value, _ socket: WebSocket) throws(Problem) {
        guard let follower = follows.removeValue(forKey: value) else {
            throw Problem(.notFound, "no-such-follow", "There is no follow of this identifier.")
        }
        follower.end()
        socket.send(words.frame(identifier, stopped: value))
    }
}

/// Counts the appends of a socket that wait for their acknowledgement: too many, and it is read no further.
private final class AppendPace: Sendable {
    enum Advice { case goOn, pause, resume }

    private static let limit = 64
    private let state = Lock((waiting: 0, isPaused: false))

    func entered() -> Advice {
        state.withLock { state in
            state.waiting += 1
            guard state.waiting >= Self.limit, !state.isPaused else { return .goOn }
            state.isPaused = true
            return .pause
        }
    }

    func left() -> Advice {
        state.withLock { state in
            state.waiting -= 1
            guard state.isPaused, state.waiting < Self.limit / 2 else { return .goOn }
            state.isPaused = false
            return .resume
        }
    }
}
