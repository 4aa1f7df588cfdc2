internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// Brings new events to every follower: read once, encoded once for each audience, and handed to each loop once.
///
/// A follower that is behind reads the ledger through its filters, together with those that are as far, until it meets
/// the present; then it only listens. One that is too slow for its buffer goes back to reading when it takes events
/// again, so nobody is ever fed a gap. What is kept for followers that join is thrown away at every forget.
final class FollowHub: Sendable {
    private struct State {
        /// The last position that was handed out.
        var position: Int64
        /// The latest pages, the oldest first, and about what they take.
        var recent: [FollowPage] = []
        var recentBytes = 0
        /// Counts the forgets: what was read before one is not handed out after it.
        var forgets = 0
        var listeners: [ObjectIdentifier: LoopListeners] = [:]
        var reads = SharedReads()
    }

    private static let recentLimit = 4 << 20
    private let ledger: any Ledger
    private let tasks: TaskScope
    private let state: Lock<State>

    init(_ ledger: any Ledger, _ tasks: TaskScope) {
        self.ledger = ledger
        self.tasks = tasks
        state = Lock(State(position: ledger.extent.durable))
    }

    // MARK: The present

    /// Reads what is appended and hands it out, until the task is cancelled.
    func run() async throws(StoreError) {
        while true {
            let (position, forgets) = state.withLock { ($0.position, $0.forgets) }
            try await ledger.grown(beyond: position + 1)
            var query = LedgerQuery()
            query.after = position
            query.limit = 1024
            query.byteLimit = 1 << 20
            let page = try await ledger.read(query)
            if page.events.isEmpty {
                // Retention has overtaken us: whoever listens finds out by reading.
                state.withLock { $0.position = max($0.position, page.examined) }
            } else {
                publish(FollowPage(page.events, examined: page.examined), forgets)
            }
        }
    }

    private func publish(_ page: FollowPage, _ forgets: Int) {
        state.withLock { state in
            guard state.forgets == forgets else { return }
            state.position = page.examined
            state.recent.append(page)
            state.recentBytes += page.bytes
            while state.recentBytes > Self.recentLimit, state.recent.count > 1 {
                state.recentBytes -= state.recent.removeFirst().bytes
            }
            // Inside the lock, so that pages come to a loop in their order.
            for listeners in state.listeners.values {
                listeners.loop.execute { _ in listeners.deliver(page) }
            }
        }
    }

    /// Lets go of every body that is kept; called before a forget is acknowledged.
    func forget() {
        state.withLock { state in
            state.forgets += 1
            state.recent = []
            state.recentBytes = 0
            state.reads.forget()
        }
    }

    // MARK: Followers

    /// Begins, on its loop: everything after its position comes, and goes on coming.
    func begin(_ follower: Follower) { read(follower) }

    /// Lets a follower listen, when it is near the present: answers what it must take first, nil when it must read.
    private func join(_ follower: Follower, after position: Int64) -> [FollowPage]? {
        state.withLock { state in
            if position < state.position {
                guard let first = state.recent.first?.events.first, first.position.index <= position + 1 else {
                    return nil
                }
            }
            let key = ObjectIdentifier(follower.loop)
            let listeners = state.listeners[key] ?? LoopListeners(follower.loop)
            state.listeners[key] = listeners
            listeners.add(follower)
            return position < state.position ? state.recent.filter { $0.examined > position } : []
        }
    }

    func leave(_ follower: Follower) {
        let listeners = state.withLock { $0.listeners[ObjectIdentifier(follower.loop)] }
        listeners?.remove(follower)
    }

    /// Reads the next page for a follower that is behind, together with others that are as far.
    func read(_ follower: Follower) {
        let query = follower.nextQuery()
        let answer = state.withLock { $0.reads.ask(query, follower, forgets: $0.forgets) }
        switch answer {
        case .page(let page): follower.loop.execute { _ in self.take(page, .behind, follower) }
        case .waits: break
        case .begins(let reading): tasks.start { await self.read(reading) }
        }
    }

    private func read(_ reading: SharedReads.Reading) async {
        do throws(StoreError) {
            let read = try await ledger.read(reading.query)
            let page = FollowPage(read.events, examined: read.examined)
            let place: Place = read.examined >= read.durable ? .present : .behind
            let (followers, isStale) = state.withLock { state in
                let isStale = state.forgets != reading.forgets
                if place == .behind, !isStale { state.reads.keep(page, reading.query) }
                return (state.reads.end(reading), isStale)
            }
            each(followers) { follower in
                // What was read before a forget is not handed out after it.
                if isStale { self.read(follower) } else { self.take(page, place, follower) }
            }
        } catch {
            each(state.withLock { $0.reads.end(reading) }) { $0.fail(Problem(error)) }
        }
    }

    /// One letter to each loop, whatever the number of followers.
    private func each(_ followers: [Follower], _ work: @escaping @Sendable (Follower) -> Void) {
        for followers in Dictionary(grouping: followers, by: { ObjectIdentifier($0.loop) }).values {
            followers.first?.loop.execute { _ in for follower in followers { work(follower) } }
        }
    }

    /// Whether a page ended where the ledger did.
    private enum Place { case behind, present }

    private func take(_ page: FollowPage, _ place: Place, _ follower: Follower) {
        guard follower.take(page) == .more else { return }
        guard place == .present, let missed = join(follower, after: follower.position) else { return read(follower) }
        follower.listen(missed)
    }
}
