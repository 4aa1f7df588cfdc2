internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

/// A group with all its bytes: what is written, synced and then shown to readers.
struct LedgerGroup: Sendable {
    let part: OpenSegment
    /// Where the bytes go.
    let offset: Int64
    /// The frames, the commit frame last.
    var bytes: [UInt8]
    let added: OpenSegment.Group
    /// The tree with this group.
    let head: TreeHead
}

/// Brings groups to the disk one after the other: on a thread of its own, so that the writer can make the next one
/// meanwhile, or on the writer's, when there is nothing else to do.
///
/// A group is begun when the one before it was synced, and only then: its commit frame says so. Between groups the
/// committer writes zeros ahead of them; they need no sync of their own.
final class GroupCommitter: Sendable {
    private static let zeros = [UInt8](repeating: 0, count: 256 << 10)

    private let shared: LedgerShared
    private let options: SegmentLedger.Options
    private let requests: BlockingQueue<LedgerRequest>
    private let orders = BlockingQueue<LedgerGroup>()
    private let changed = Gate()
    private let state: Lock<State>

    private struct State {
        /// Up to here the segment's file is written, with zeros after its frames: nothing there can meet a full disk.
        var capacity: Int64
        /// Whether a group was sent whose outcome was not taken.
        var isFlying = false
        var landed: Result<LedgerGroup, DiskError>?
        /// Whether the thread has a group, or still fills up after one.
        var isBusy = false
        var thread: Thread?
    }

    init(
        shared: LedgerShared,
        options: SegmentLedger.Options,
        requests: BlockingQueue<LedgerRequest>,
        capacity: Int64
    ) {
        self.shared = shared
        self.options = options
        self.requests = requests
        state = Lock(State(capacity: capacity))
    }

    // MARK: For the writer

    var capacity: Int64 {
        get { state.withLock { $0.capacity } }
        set { state.withLock { $0.capacity = newValue } }
    }

    /// Gives a group to the thread; the writer hears of its end by a request.
    func send(_ group: LedgerGroup) {
        state.withLock { state in
            precondition(!state.isFlying, "one group at a time is on its way")
            state.isFlying = true
            state.isBusy = true
            if state.thread == nil { state.thread = Thread.start(name: "prima-committer") { self.run() } }
        }
        orders.append(group)
    }

    /// The end of the group that was sent, once; nil while it is on its way.
    func landed() -> Result<LedgerGroup, DiskError>? {
        state.withLock { state in
            guard let landed = state.landed else { return nil }
            state.landed = nil
            state.isFlying = false
            return landed
        }
    }

    /// Waits until the thread touches nothing any more; the end of its last group can be taken then.
    func waitUntilIdle() {
        while state.withLock({ $0.isBusy }) { changed.wait() }
    }

    /// Ends the thread; it must be idle, or about to be.
    func stop() {
        orders.close()
        state.withLock { $0.thread }?.join()
    }

    // MARK: Work

    private func run() {
        while let group = orders.take() {
            let (file, end, count) = (group.part.file, group.added.end, Int64(group.bytes.count))
            let outcome = commit(group)
            state.withLock { $0.landed = outcome }
            requests.append(.landed)
            if shared.failure == nil { fill(file, end: end, beside: count) }
            state.withLock { $0.isBusy = false }
            changed.signal()
        }
    }

    /// Writes and syncs a group, then shows it to readers; after a failure the ledger takes nothing any more.
    func commit(_ group: LedgerGroup) -> Result<LedgerGroup, DiskError> {
        do throws(DiskError) {
            try syncKeyring(.before)
            try group.part.file.write(group.bytes[...], at: group.offset)
            try sync(group.part.file)
            group.part.add(group.added)
            shared.publish(group.head, bytes: Int64(group.bytes.count))
            try syncKeyring(.after)
            return .success(group)
        } catch {
            shared.fail(StoreError(error, in: "append events"))
            return .failure(error)
        }
    }

    /// Writes some zeros ahead of the frames, which end at `end`, when there are few: more than a group takes.
    ///
    /// A failure is met again, in its place, when the room is needed.
    func fill(_ file: any DiskFile, end: Int64, beside group: Int64) {
        let capacity = capacity
        let most = min(end + options.growthBytes, options.segmentBytes)
        let step = min(Int64(Self.zeros.count), max(512, options.growthBytes / 8))
        guard most - capacity >= step else { return }
        let target = min(most, capacity + max(step, (2 * group + step - 1) / step * step))
        var offset = capacity
        while offset < target {
            let count = min(target - offset, step)
            do throws(DiskError) { try file.write(Self.zeros[0..<Int(count)], at: offset) } catch { return }
            offset += count
        }
        self.capacity = target
    }

    private func sync(_ file: any DiskFile) throws(DiskError) {
        #if DEBUG
        if options.sins.contains(.acknowledgeBeforeSync) { return }
        #endif
        try file.sync()
    }

    #if DEBUG
    /// The sin itself: the sync that should have come before the acknowledgement.
    func syncTooLate(_ file: any DiskFile) {
        guard options.sins.contains(.acknowledgeBeforeSync) else { return }
        do throws(DiskError) { try file.sync() } catch {
            shared.fail(StoreError(error, in: "append events"))
        }
    }
    #endif

    private enum SyncMoment { case before, after }

    /// Keys are on stable storage before the first acknowledgement under them.
    private func syncKeyring(_ moment: SyncMoment) throws(DiskError) {
        #if DEBUG
        let due: SyncMoment = options.sins.contains(.keyringSyncedLate) ? .after : .before
        if due == .after { return }
        #else
        let due = SyncMoment.before
        #endif
        guard moment == due else { return }
        let file = shared.keyring.withLock { $0.takeUnsynced() }
        try file?.sync()
    }
}
