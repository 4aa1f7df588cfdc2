internal import Basics

/// A collection whose points survive: immutable segments in files, and the changes since the last of them in a
/// journal, or in the caller's ledger.
///
/// Searches run on a `snapshot`, beside one writer and beside `upkeep`, which writes what came as segments and merges
/// small ones; it wants a thread of its own. The manifest is the collection at exactly its position: opening takes the
/// segments in place, without reading them, and replays what came after. A crash at any byte of any write leaves the
/// collection at a position: at least the last one that `sync` returned.
package final class StoredCollection: Sendable {
    /// Who remembers what came after the manifest.
    package enum Tail: Sendable, Hashable {
        /// The collection, in its journal: changes are counted from 1 on.
        case journal
        /// The caller, whose positions these are, and who applies everything after `position` again.
        case caller
    }

    package let shape: CollectionShape
    let store: any ByteStore
    let tail: Tail
    /// Held by whoever changes the journal; taken before `state`.
    let journal: Lock<JournalState>
    let state: Lock<State>

    struct JournalState: Sendable {
        var sink: (any ByteSink)?
        var isInDoubt = false
    }

    struct State: Sendable {
        var collection: VectorCollection
        var position: UInt64
        /// Where the manifest stands.
        var stored: UInt64
        var next: Int
        var isWorking = false
        /// Whether a manifest was written of which nobody knows if it is durable.
        var isInDoubt = false
    }

    init(_ store: any ByteStore, _ tail: Tail, _ state: State, sink: (any ByteSink)?) {
        self.store = store
        self.tail = tail
        shape = state.collection.shape
        journal = Lock(JournalState(sink: sink))
        self.state = Lock(state)
    }

    /// The collection as it is now; what happens later does not change it.
    package var snapshot: VectorCollection { state.withLock { $0.collection } }

    /// The last change that the snapshot shows.
    package var position: UInt64 { state.withLock { $0.position } }

    /// Appends changes to the journal and makes them; durable once `sync` returned their position or a later one.
    ///
    /// All of them or none. Returns the position of the last.
    @discardableResult
    package func append(_ changes: [Change]) throws(StoreFault) -> UInt64 {
        precondition(tail == .journal, "the caller's ledger is appended to by the caller")
        let prepared = try prepared(changes)
        guard !changes.isEmpty else { return position }
        return try journal.withLock { journal throws(StoreFault) in
            guard !journal.isInDoubt, let sink = journal.sink else { throw .inDoubt }
            let position = state.withLock { $0.position } + UInt64(changes.count)
            let frame = Journal.frame(changes, through: position)
            do throws(ByteStoreFault) { try sink.append(frame.raw) } catch {
                // Part of a frame may stand there: nothing may follow it.
                journal.isInDoubt = true
                throw .bytes(error)
            }
            make(prepared, through: position)
            return position
        }
    }

    /// Makes changes that the caller's ledger holds, up to a position of it.
    package func apply(_ changes: [Change], through position: UInt64) throws(StoreFault) {
        precondition(tail == .caller, "a collection with a journal counts its changes itself")
        let prepared = try prepared(changes)
        try journal.withLock { _ throws(StoreFault) in
            guard position >= state.withLock({ $0.position }) else { throw .wrongPosition }
            make(prepared, through: position)
        }
    }

    /// Returns when every change up to the position that it returns is on stable storage.
    ///
    /// Changes that the caller's ledger holds are durable up to the last manifest: see `stored`.
    package func sync() throws(StoreFault) -> UInt64 {
        guard tail == .journal else { return stored }
        let (sink, position) = try journal.withLock { journal throws(StoreFault) in
            guard !journal.isInDoubt, let sink = journal.sink else { throw .inDoubt }
            return (sink, state.withLock { $0.position })
        }
        do { try sink.sync() } catch {
            // What of the bytes before is on the disk nobody knows, and a later sync would not say.
            journal.withLock { $0.isInDoubt = true }
            throw .bytes(error)
        }
        return position
    }

    /// The position of the manifest: nothing before it is replayed.
    package var stored: UInt64 { state.withLock { $0.stored } }

    private enum Prepared {
        case put(Point)
        case delete(PointID)
    }

    private func prepared(_ changes: [Change]) throws(StoreFault) -> [Prepared] {
        var prepared: [Prepared] = []
        prepared.reserveCapacity(changes.count)
        for change in changes {
            switch change {
            case .delete(let id): prepared.append(.delete(id))
            case .put(let point):
                do { prepared.append(.put(try shape.prepared(point))) } catch { throw .misfit(error) }
            }
        }
        return prepared
    }

    private func make(_ changes: [Prepared], through position: UInt64) {
        state.withLock { state in
            for change in changes {
                switch change {
                case .put(let point): state.collection.put(prepared: point)
                case .delete(let id): state.collection.delete(id)
                }
            }
            state.position = position
        }
    }
}
