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
    /// Such a group is large: what its file's new length costs its sync is little beside its bytes.
    private static let largeGroup: Int64 = 128 << 10

    private let shared: LedgerShared
    private let options: SegmentLedger.Options
    private let requests: BlockingQueue<LedgerRequest>
    private let orders = BlockingQueue<LedgerGroup>()
    private let changed = Gate()
    private let state: Lock<State>

    private struct State {
        /// Up to here the segment's file has its room, with zeros after its frames: nothing can meet a full disk.
        var capacity: Int64
        /// Up to here the zeros were written, not only promised: what overwrites them costs a sync the least.
        var zeroed: Int64
        /// Whether a group was sent whose outcome was not taken.
        var isFlying = false
        var landed: Result<LedgerGroup, DiskError>?
        /// Groups that the thread has not done with: to be written, or still filled up after.
        var undone = 0
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
        state = Lock(State(capacity: capacity, zeroed: capacity))
    }

    // MARK: For the writer

    /// Up to here the segment's file has its room.
    var capacity: Int64 { state.withLock { $0.capacity } }

    /// Goes on with a new segment; idle.
    func begin(_ segment: WritableSegment) {
        state.withLock { state in
            state.capacity = segment.capacity
            state.zeroed = segment.capacity
        }
    }

    /// Makes room in the segment's file, at least up to `needed`; idle.
    func extend(_ file: any DiskFile, to needed: Int64) throws(DiskError) {
        let (capacity, growth) = (capacity, options.growthBytes)
        let target = (needed + growth - 1) / growth * growth
        try file.extend(from: capacity, to: target)
        state.withLock { $0.capacity = target }
    }

    /// Gives a group to the thread; the writer hears of its end by a request.
    func send(_ group: LedgerGroup) {
        state.withLock { state in
            precondition(!state.isFlying, "one group at a time is on its way")
            state.isFlying = true
            state.undone += 1
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

    /// Whether the thread touches nothing: only then may the writer write to the segment itself.
    var isIdle: Bool { state.withLock { $0.undone == 0 } }

    /// Waits until the thread touches nothing any more; the end of its last group can be taken then.
    func waitUntilIdle() {
        while !isIdle { changed.wait() }
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
            state.withLock { $0.undone -= 1 }
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
            let first = group.head.size - Int64(group.added.leaves.count)
            shared.recent.add(group.added, first: first, bytes: group.bytes.count)
            shared.publish(group.head, bytes: Int64(group.bytes.count))
            try syncKeyring(.after)
            return .success(group)
        } catch {
            shared.fail(StoreError(error, in: "append events"))
            return .failure(error)
        }
    }

    /// Sees to it that there is room ahead of the frames, which end at `end`: for large groups by the file's length,
    /// for small ones by zeros.
    ///
    /// A failure is met again, in its place, when the room is needed.
    func fill(_ file: any DiskFile, end: Int64, beside group: Int64) {
        var (capacity, zeroed) = state.withLock { ($0.capacity, $0.zeroed) }
        do throws(DiskError) {
            if group >= Self.largeGroup {
                let target = min(end + options.growthBytes, options.segmentBytes)
                guard capacity - end < options.growthBytes / 2, target > capacity else { return }
                try file.extend(from: capacity, to: target)
                capacity = target
            } else {
                // Each step makes the file longer, which costs one sync more than its zeros: few, and not large.
                let step = min(Int64(Self.zeros.count), max(512, options.growthBytes / 8))
                let start = max(zeroed, end)
                guard start - end < 3 * step, start + step <= options.segmentBytes else { return }
                try file.write(Self.zeros[0..<Int(step)], at: start)
                zeroed = start + step
                capacity = max(capacity, zeroed)
            }
        } catch { return }
        state.withLock { ($0.capacity, $0.zeroed) = (capacity, zeroed) }
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
