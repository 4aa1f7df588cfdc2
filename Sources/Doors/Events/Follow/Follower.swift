internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// One reader of what is and what will be: a stream of server-sent events, or a follow of a socket.
///
/// Used on its loop; it holds a lock only because it is handed about between threads.
final class Follower: Sendable {
    enum Sink: Sendable {
        case stream(ResponseStream)
        case socket(WebSocket, failed: @Sendable (Problem) -> Void)
    }

    enum Demand: Sendable { case more, later, nothing }

    private enum Mode { case reading, listening, waiting, ended }

    private struct State {
        var position: Int64
        var mode = Mode.reading
        var sink: Sink?
    }

    private static let block: Int64 = 512

    let loop: EventLoop
    let audience: FollowPage.Audience
    private let query: LedgerQuery
    private unowned let hub: FollowHub
    private let state: Lock<State>

    init(_ loop: EventLoop, _ query: LedgerQuery, _ form: FollowPage.Form, _ hub: FollowHub, _ sink: Sink?) {
        self.loop = loop
        audience = FollowPage.Audience(form, query)
        self.query = query
        self.hub = hub
        state = Lock(State(position: query.after, sink: sink))
    }

    /// Everything up to here has been sent, or did not match.
    var position: Int64 { state.withLock { $0.position } }

    func nextQuery() -> LedgerQuery {
        var query = query
        query.after = position
        query.limit = Int(Self.block)
        query.byteLimit = 128 << 10
        // Pages end where others' pages end, so that whoever began elsewhere soon shares them.
        if !query.isFiltered { query.before = ((query.after + 1) / Self.block + 1) * Self.block }
        return query
    }

    // MARK: Taking

    /// Sends a page that was read for it.
    func take(_ page: FollowPage) -> Demand {
        let demand = send(page, page.pieces(for: audience), in: .reading)
        if demand == .later { hub.leave(self) }
        return demand
    }

    /// Hears of new events from now on, those first that came in between.
    func listen(_ missed: [FollowPage]) {
        state.withLock { if $0.mode == .reading { $0.mode = .listening } }
        for page in missed { hear(page, page.pieces(for: audience)) }
    }

    /// Takes a page that everybody is sent, in the pieces of its audience.
    func hear(_ page: FollowPage, _ pieces: [FollowPage.Piece]) {
        if send(page, pieces, in: .listening) == .later { hub.leave(self) }
    }

    /// The sink takes events again.
    func resume() {
        let isWaiting = state.withLock { state in
            guard state.mode == .waiting else { return false }
            state.mode = .reading
            return true
        }
        if isWaiting { hub.read(self) }
    }

    /// The sink has begun: a stream is known only once its head was sent.
    func begin(_ stream: ResponseStream) {
        let isNew = state.withLock { state in
            defer { state.sink = .stream(stream) }
            return state.sink == nil
        }
        if isNew { hub.begin(self) } else { resume() }
    }

    func end() {
        state.withLock { state in
            state.mode = .ended
            state.sink = nil
        }
        hub.leave(self)
    }

    func fail(_ problem: Problem) {
        let sink = state.withLock { $0.sink }
        end()
        switch sink {
        case .stream(let stream)?: stream.abort()
        case .socket(_, let failed)?: failed(problem)
        case nil: break
        }
    }

    // MARK: Sending

    private func send(_ page: FollowPage, _ shared: [FollowPage.Piece], in mode: Mode) -> Demand {
        let (start, sink) = state.withLock { ($0.position, $0.mode == mode ? $0.sink : nil) }
        guard let sink else { return .nothing }
        guard start < page.examined else { return .more }
        let hasSome = (shared.first?.first ?? .max) <= start
        var outcome = WebSocket.Outcome.sent
        for piece in hasSome ? page.pieces(for: audience, after: start) : shared {
            switch (sink, piece.content) {
            case (.stream(let stream), .text(let bytes)): outcome = stream.write(bytes)
            case (.socket(let socket, _), .frame(let frame)): outcome = socket.send(frame)
            default: preconditionFailure("an audience's form is that of its sinks")
            }
            // What is not sent now is read again when there is room.
            guard outcome == .sent || outcome == .posted else { return settle(outcome, piece.last) }
        }
        return settle(outcome, page.examined)
    }

    private func settle(_ outcome: WebSocket.Outcome, _ examined: Int64) -> Demand {
        state.withLock { state in
            guard state.mode != .ended else { return .nothing }
            state.position = max(state.position, examined)
            switch outcome {
            case .sent, .posted: return .more
            case .full:
                state.mode = .waiting
                return .later
            case .closed:
                state.mode = .ended
                return .nothing
            }
        }
    }
}

/// Feeds a stream of server-sent events.
final class StreamFollow: ResponseSource {
    private let follower: Follower

    init(_ follower: Follower) { self.follower = follower }

    func writable(_ stream: ResponseStream) { follower.begin(stream) }
    func closed(_ stream: ResponseStream) { follower.end() }
}
