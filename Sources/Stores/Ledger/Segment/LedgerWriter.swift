internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver
internal import Ports

/// The one writer of a ledger: takes what waits as a group, writes it, syncs once, then acknowledges all of it.
///
/// Confined to its thread. After a sync failed, nothing is acknowledged any more: what the disk holds is not known.
final class LedgerWriter {
    let shared: LedgerShared
    let options: SegmentLedger.Options
    let clock: any WallClock
    let randomness: any Randomness
    let encoder: LedgerEncoder
    let requests: BlockingQueue<LedgerRequest>
    var staging: LedgerStaging
    var segment: WritableSegment
    var heads: HeadRecords
    var lastForgets: [SubjectID: Int64]
    /// The thread that seals a segment in the background.
    var sealer: Thread?
    /// The segment that is being sealed, with the state at its end.
    var unsealedBefore: (segment: OpenSegment, progress: LedgerProgress)?

    private var accepted: [(request: AppendRequest, accepted: LedgerStaging.Accepted)] = []

    init(
        shared: LedgerShared,
        options: SegmentLedger.Options,
        clock: any WallClock,
        randomness: any Randomness,
        requests: BlockingQueue<LedgerRequest>,
        start: Start
    ) {
        self.shared = shared
        self.options = options
        self.clock = clock
        self.randomness = randomness
        self.requests = requests
        encoder = LedgerEncoder(keyring: shared.keyring, randomness: randomness)
        staging = LedgerStaging(
            lookup: LedgerLookup(shared: shared, horizon: options.keyHorizon),
            progress: start.progress,
            unsealed: start.unsealed
        )
        segment = start.segment
        heads = start.heads
        lastForgets = Dictionary(start.progress.forgets.map { ($0.subject, $0.position) }) { max($0, $1) }
        staging.progress.forgets = []
        if let before = start.unsealedBefore { seal(before.segment, before.progress) }
    }

    /// Where writing begins.
    struct Start: Sendable {
        let progress: LedgerProgress
        let unsealed: [(first: Int64, numbers: FingerprintMap<UInt32>)]
        let segment: WritableSegment
        let heads: HeadRecords
        /// A segment that still waits to be sealed, with the state at its end.
        let unsealedBefore: (segment: OpenSegment, progress: LedgerProgress)?
    }

    /// Works until it is told to stop.
    func run() {
        var waiting: [LedgerRequest] = []
        while true {
            leaveWitness()
            requests.takeAll(into: &waiting)
            if waiting.isEmpty { return }
            var index = 0
            while index < waiting.count {
                index = takeGroup(waiting, from: index)
                guard index < waiting.count else { break }
                if case .append = waiting[index] { continue }
                serve(waiting[index])
                index += 1
            }
        }
    }

    /// Notes, when nothing else waits, how far the ledger is durable: damage to the last group cannot pass for a tail.
    ///
    /// It costs one small write and no sync: whether it reaches the disk or not, it is true.
    private func leaveWitness() {
        guard requests.isEmpty, shared.failure == nil, heads.newest?.head.size ?? 0 < shared.head.size else { return }
        try? heads.write(HeadRecords.Record(head: shared.head, time: staging.progress.received.milliseconds))
    }

    func serve(_ request: LedgerRequest) {
        switch request {
        case .append: preconditionFailure("appends are served in groups")
        case .forget(let subject, let writer, let continuation):
            continuation.resume(returning: forget(subject, by: writer))
        case .sealed(let first, let segment): finishSealing(first: first, segment)
        case .stop(let continuation):
            requests.close()
            sealer?.join()
            continuation.resume(returning: witness())
        }
    }

    // MARK: Groups

    /// Takes appends from `index` on as one group; answers where it stopped.
    private func takeGroup(_ waiting: [LedgerRequest], from index: Int) -> Int {
        var index = index
        var group: [AppendRequest] = []
        var bytes = 0
        while index < waiting.count, case .append(let request) = waiting[index] {
            guard group.isEmpty || bytes + request.bytes <= options.groupBytes else { break }
            group.append(request)
            bytes += request.bytes
            index += 1
        }
        if !group.isEmpty { commit(group, bytes: bytes) }
        return index
    }

    private func commit(_ group: [AppendRequest], bytes: Int) {
        if let failure = shared.failure { return refuse(group, failure) }
        let events = group.reduce(0) { $0 + $1.items.count }
        do throws(DiskError) {
            try makeRoom(bytes: bytes, events: events)
        } catch {
            if error.kind != .full { shared.fail(StoreError(error, in: "make room for events")) }
            return refuse(group, StoreError(error, in: "make room for events"))
        }
        let parts = shared.current.parts
        let now = max(clock.milliseconds(), staging.progress.received.milliseconds)
        accepted.removeAll(keepingCapacity: true)
        staging.begin()
        for request in group {
            switch staging.take(request.items, request.rows, parts, now: now, refusedFor: request.refusals) {
            case .success(let taken): accepted.append((request, taken))
            case .failure(let error): request.answer(.failure(error))
            }
        }
        do throws(DiskError) {
            if !staging.staged.isEmpty { try write(placements(.sealed, now: now)) }
        } catch {
            let failure = StoreError(error, in: "append events")
            shared.fail(failure)
            for entry in accepted {
                entry.request.answer(.failure(.store(failure, uncertain: true)))
            }
            return
        }
        acknowledge()
        #if DEBUG
        syncTooLate()
        #endif
    }

    private func refuse(_ group: [AppendRequest], _ failure: StoreError) {
        for request in group {
            request.answer(.failure(.store(failure, uncertain: false)))
        }
    }

    private func acknowledge() {
        let head = shared.head
        for entry in accepted {
            let receipt = AppendReceipt(
                positions: entry.accepted.positions,
                duplicates: entry.accepted.duplicates,
                head: head,
                durable: head.size - 1
            )
            entry.request.answer(.success(receipt))
        }
        accepted.removeAll(keepingCapacity: true)
    }

    /// Where an event goes: when it was received, and how its body is written.
    struct Placement {
        let received: HybridTime
        let body: LedgerEncoder.BodyForm
    }

    /// The next times of the ledger's clock, one for each staged event.
    func placements(_ body: LedgerEncoder.BodyForm, now: Int64) -> [Placement] {
        var received = staging.progress.received
        return staging.staged.indices.map { _ in
            received = received.next(now: now)
            return Placement(received: received, body: body)
        }
    }

    /// Writes and syncs what is staged, then shows it to readers.
    func write(_ placements: [Placement]) throws(DiskError) {
        let synced = staging.base - 1
        var group = try encode(placements)
        staging.progress.keys += group.keys
        try syncKeyring(.before)
        let head = TreeHead(
            size: staging.progress.next,
            root: staging.progress.frontier.root(with: encoder.hashing)
        )
        group.slots = shared.keyring.withLock { $0.count }
        let commit = CommitFrame(
            first: staging.base,
            count: UInt32(staging.staged.count),
            slots: group.slots,
            synced: synced,
            root: head.root
        )
        encoder.close(commit, seed: segment.part.header.seed)
        try segment.file.write(encoder.buffer[...], at: segment.end)
        try sync()
        segment.end += Int64(encoder.buffer.count)
        group.end = segment.end
        group.lastReceived = staging.progress.received.milliseconds
        group.lastCounter = Int64(staging.progress.received.counter)
        segment.part.add(group)
        shared.publish(head, bytes: Int64(encoder.buffer.count))
        try syncKeyring(.after)
    }

    /// Turns what is staged into the bytes of a group and what look-ups keep of it.
    private func encode(_ placements: [Placement]) throws(DiskError) -> OpenSegment.Group {
        var group = OpenSegment.Group()
        group.rows.reserveCapacity(staging.staged.count)
        group.leaves.reserveCapacity(staging.staged.count)
        group.firstReceived = placements[0].received.milliseconds
        encoder.begin()
        for (index, staged) in staging.staged.enumerated() {
            var row = staged.row
            row.offset = UInt32(segment.end + Int64(encoder.buffer.count))
            let leaf = try encoder.add(
                staged.item,
                row,
                at: Position(staging.base + Int64(index)),
                received: placements[index].received,
                seed: segment.part.header.seed,
                body: placements[index].body
            )
            staging.progress.received = placements[index].received
            if row.key != 0 { group.keys += 1 }
            group.rows.append(row)
            group.leaves.append(leaf)
            staging.progress.frontier.append(leaf, with: encoder.hashing) { level, _, hash in
                if level >= SegmentFormat.lowestLevel { group.nodes.append((level, hash)) }
            }
        }
        return group
    }

    private func sync() throws(DiskError) {
        #if DEBUG
        if options.sins.contains(.acknowledgeBeforeSync) { return }
        #endif
        try segment.file.sync()
    }

    #if DEBUG
    /// The sin itself: the sync that should have come before the acknowledgement.
    private func syncTooLate() {
        guard options.sins.contains(.acknowledgeBeforeSync) else { return }
        do throws(DiskError) { try segment.file.sync() } catch {
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
        let file = shared.keyring.withLock { $0.needsSync ? $0.file : nil }
        guard let file else { return }
        try file.sync()
        shared.keyring.withLock { $0.wasSynced() }
    }

    /// Signs the head of what is durable and keeps it, synced, as a witness.
    func witness() -> Result<SignedTreeHead, StoreError> {
        let signed = HeadSigner(key: shared.headKey).sign(shared.head, time: clock.milliseconds())
        do throws(DiskError) {
            try heads.write(
                HeadRecords.Record(
                    head: signed.head,
                    time: signed.time,
                    signature: signed.signature,
                    publicKey: signed.publicKey
                )
            )
            try heads.file.sync()
            return .success(signed)
        } catch { return .failure(StoreError(error, in: "keep the signed head")) }
    }
}
