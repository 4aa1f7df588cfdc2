internal import Basics
internal import Model

/// The newest events as they were appended: who follows the ledger closely need not read, unseal and parse them again.
///
/// What is here is durable and whole. A forget empties it, before the key goes; what it has not is on the disk.
final class RecentEvents: Sendable {
    /// An event at its place.
    struct Entry: Sendable {
        let prepared: PreparedEvent
        let writer: Writer
        let received: HybridTime
    }

    /// Events that became durable together.
    struct Group: Sendable {
        let first: Int64
        let entries: [Entry]
        let leaves: [ContentHash]
        let bytes: Int

        var end: Int64 { first + Int64(entries.count) }
    }

    private struct State {
        /// Neighbours, the oldest first; those before `start` are gone.
        var groups: [Group] = []
        var start = 0
        var bytes = 0
    }

    private let state = Lock(State())
    private let limit: Int

    /// Keeps about `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// Adds what was just synced; `bytes` is what it takes on the disk.
    func add(_ added: OpenSegment.Group, first: Int64, bytes: Int) {
        guard !added.leaves.isEmpty else { return }
        // What was restored has no entries.
        guard added.entries.count == added.leaves.count else { return clear() }
        // Beside its bytes an event is objects and strings.
        let cost = 2 * bytes + 512 * added.entries.count
        let group = Group(first: first, entries: added.entries, leaves: added.leaves, bytes: cost)
        let gone = state.withLock { state -> ArraySlice<Group> in
            var gone: ArraySlice<Group> = []
            if let last = state.groups.last, last.end != first { state = State() }
            state.groups.append(group)
            state.bytes += cost
            while state.bytes > limit, state.start < state.groups.count {
                state.bytes -= state.groups[state.start].bytes
                state.start += 1
            }
            if 2 * state.start > state.groups.count {
                gone = state.groups[..<state.start]
                state.groups.removeFirst(state.start)
                state.start = 0
            }
            return gone
        }
        // Released outside the lock.
        withExtendedLifetime(gone) {}
    }

    func clear() { state.withLock { $0 = State() } }

    /// The groups of the events from `lower` on, up to `upper` or a few more than `count`.
    ///
    /// Nil when they are not all here.
    func groups(from lower: Int64, to upper: Int64, count: Int) -> ArraySlice<Group>? {
        state.withLock { state in
            let groups = state.groups[state.start...]
            guard let oldest = groups.first, lower >= oldest.first, let newest = groups.last, upper <= newest.end
            else { return nil }
            var low = groups.startIndex
            var high = groups.endIndex
            while low < high {
                let middle = low + (high - low) / 2
                if groups[middle].end <= lower { low = middle + 1 } else { high = middle }
            }
            var end = low
            var wanted = lower + Int64(count)
            if wanted > upper { wanted = upper }
            while end < groups.endIndex, groups[end].first < wanted { end += 1 }
            return groups[low..<end]
        }
    }
}
