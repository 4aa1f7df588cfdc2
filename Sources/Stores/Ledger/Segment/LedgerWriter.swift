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
    var encoder: LedgerEncoder
    let requests: BlockingQueue<LedgerRequest>
    var staging: LedgerStaging
    var segment: WritableSegment
    var heads: HeadRecords
    var lastForgets: [SubjectID: Int64]
    /// The thread that seals a segment in the background.
    var sealer: Thread?
    /// The segment that is being sealed, with the state at its end.
    var unsealedBefore: (segment: OpenSegment, progress: LedgerProgress)?

    let committer: GroupCommitter

    /// What look-ups will keep of the group that is being made; its bytes are the encoder's.
    private var open = OpenSegment.Group()
    /// The batches of that group, and those of the group that is on its way to the disk.
    private var accepted: [Acceptance] = []
    private var flying: [Acceptance] = []
    private var isFlying = false
    /// How many events the last batch had.
    private var lastBatch = 0
    private var gathering = Gathering()
    /// Who waits for the end of the writer.
    private var stopping: [CheckedContinuation<Result<SignedTreeHead, StoreError>, Never>] = []

    /// A batch that waits for the sync which covers it.
    private struct Acceptance {
        let answer: @Sendable (Result<AppendReceipt, AppendError>) -> Void
        let accepted: LedgerStaging.Accepted
    }

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
        committer = GroupCommitter(
            shared: shared,
            options: options,
            requests: requests,
            capacity: start.segment.capacity
        )
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
            // While a group is on its way, a few small batches are no reason to wake.
            requests.takeAll(into: &waiting, waitingFor: isFlying && lastBatch < Self.smallBatch ? 16 : 1)
            if waiting.isEmpty { break }
            serve(waiting)
            while !isFlying, gathering.wanted > 0 {
                let wanted = gathering.wanted
                requests.takeAll(
                    into: &waiting,
                    waitingFor: wanted,
                    nanoseconds: Gathering.nanoseconds(for: wanted)
                )
                serve(waiting)
                if waiting.count < wanted { break }
            }
            gathering.end()
            advance(requests.isEmpty ? .pausing : .onward)
        }
        settle()
        committer.stop()
        // Whoever is told so may open the same files again.
        guard !stopping.isEmpty else { return }
        sealer?.join()
        let head = witness()
        for continuation in stopping { continuation.resume(returning: head) }
    }

    private func serve(_ waiting: [LedgerRequest]) {
        gathering.took(waiting.count)
        for request in waiting {
            serve(request)
            if encoder.buffer.count >= Self.eagerBytes { advance(.onward) }
        }
    }

    /// A batch of fewer events costs little beside a wake.
    private static let smallBatch = 8

    /// A group of so many bytes goes to an idle disk though more batches wait.
    private static let eagerBytes = 256 << 10

    /// Notes, when nothing else waits, how far the ledger is durable: damage to the last group cannot pass for a tail.
    ///
    /// It costs one small write and no sync: whether it reaches the disk or not, it is true.
    private func leaveWitness() {
        guard !isFlying, requests.isEmpty, shared.failure == nil, heads.newest?.head.size ?? 0 < shared.head.size else {
            return
        }
        try? heads.write(HeadRecords.Record(head: shared.head, time: staging.progress.received.milliseconds))
    }

    func serve(_ request: LedgerRequest) {
        switch request {
        case .append(let request): take(request)
        case .landed: break  // It is looked for after every batch.
        case .forget(let subject, let writer, let continuation):
            continuation.resume(returning: forget(subject, by: writer))
        case .sealed(let first, let segment): finishSealing(first: first, segment)
        case .stop(let continuation):
            requests.close()
            stopping.append(continuation)
        }
    }

    // MARK: Groups

    /// Takes a batch into the group that is being made.
    private func take(_ request: AppendRequest) {
        guard request.isUnnamed else { return takeNamed(request) }
        if let failure = shared.failure { return refuseUnnamed(request, failure) }
        do throws(DiskError) {
            // A key that is made now needs its room first.
            try makeRoom(bytes: request.bytes, events: request.items.count)
            let named = try request.named(shared.fingerprints) { item, row throws(DiskError) in
                try encoder.contentKey(of: item, row, since: staging.next)
            }
            takeNamed(named)
        } catch {
            let failure = StoreError(error, in: "recognise events")
            if error.kind != .full { shared.fail(failure) }
            refuseUnnamed(request, failure)
        }
    }

    /// Refuses a batch whose events have no names: whether it repeats what was sent last cannot be told.
    private func refuseUnnamed(_ request: AppendRequest, _ failure: StoreError) {
        request.refuse(failure, uncertain: staging.isAnythingInDoubt)
    }

    private func takeNamed(_ request: AppendRequest) {
        if !staging.staged.isEmpty, encoder.buffer.count + request.bytes > options.groupBytes { settle() }
        if let failure = shared.failure {
            return request.refuse(failure, uncertain: staging.isInDoubt(request.rows))
        }
        do throws(DiskError) {
            try makeRoom(bytes: request.bytes, events: request.items.count)
        } catch {
            let failure = StoreError(error, in: "make room for events")
            if error.kind != .full { shared.fail(failure) }
            return request.refuse(failure, uncertain: staging.isInDoubt(request.rows))
        }
        lastBatch = request.items.count
        let now = max(clock.milliseconds(), staging.progress.received.milliseconds)
        let parts = shared.current.parts
        switch staging.take(request.items, request.rows, parts, now: now, refusedFor: request.refusals) {
        case .failure(let error): return request.answer(.failure(error))
        case .success(let taken):
            do throws(DiskError) {
                try encode(.now(now, .sealed))
                accepted.append(Acceptance(answer: request.answer, accepted: taken))
            } catch {
                let failure = StoreError(error, in: "append events")
                shared.fail(failure)
                request.answer(.failure(.store(failure, uncertain: true)))
            }
        }
    }

    /// What the writer does after it sent a group: goes on with the next batches, or has none.
    private enum Prospect { case onward, pausing }

    /// Takes the end of the group that was on its way, and sends the next when the disk is free.
    private func advance(_ prospect: Prospect) {
        let landed = land()
        if !isFlying {
            if let failure = shared.failure {
                abandon(failure)
            } else if staging.staged.isEmpty {
                answer(Landed(entries: taken(&accepted), head: shared.head))
            } else {
                // With little to do meanwhile, a thread's wake is saved.
                let isAlone = accepted.count == 1 && prospect == .pausing
                let isSmall = isAlone || (lastBatch < Self.smallBatch && staging.staged.count < Self.smallGroup)
                if isSmall, landed == nil, options.committing == .adaptive, committer.isIdle { return commitHere() }
                committer.send(close())
            }
        }
        // The disk goes on first.
        if let landed { answer(landed) }
    }

    /// Encoding and acknowledging fewer events takes no longer than a sync.
    private static let smallGroup = 128

    private func commitHere() {
        let group = close()
        let answered = lastBatch < Self.smallBatch ? flying.count : 0
        if let landed = finish(committer.commit(group)) { answer(landed) }
        gathering.begin(answered: answered, waiting: requests.count)
        guard shared.failure == nil else { return }
        committer.fill(group.part.file, end: group.added.end, beside: Int64(group.bytes.count))
    }

    /// Batches whose events are durable, and the head that covers them.
    private struct Landed {
        let entries: [Acceptance]
        let head: TreeHead
    }

    /// Takes the end of the group that was on its way, if it came.
    private func land() -> Landed? {
        guard isFlying, let outcome = committer.landed() else { return nil }
        return finish(outcome)
    }

    /// Nil when the group failed, and is answered.
    private func finish(_ outcome: Result<LedgerGroup, DiskError>) -> Landed? {
        isFlying = false
        switch outcome {
        case .success(let group):
            staging.land()
            encoder.recycle(group.bytes)
            return Landed(entries: taken(&flying), head: group.head)
        case .failure(let error):
            let failure = StoreError(error, in: "append events")
            for entry in taken(&flying) { entry.answer(.failure(.store(failure, uncertain: true))) }
            abandon(failure)
            return nil
        }
    }

    private func taken(_ entries: inout [Acceptance]) -> [Acceptance] {
        var taken: [Acceptance] = []
        swap(&taken, &entries)
        return taken
    }

    /// Brings all that was taken to the disk, and waits until it is there; the disk is the writer's alone then.
    func settle() {
        committer.waitUntilIdle()
        if let landed = land() { answer(landed) }
        if let failure = shared.failure { return abandon(failure) }
        if !staging.staged.isEmpty, let landed = finish(committer.commit(close())) { answer(landed) }
        answer(Landed(entries: taken(&accepted), head: shared.head))
    }

    /// Gives up what was taken and never written; what it repeats of a group that failed may be there.
    private func abandon(_ failure: StoreError) {
        for entry in taken(&accepted) {
            let isInDoubt = entry.accepted.positions.contains { staging.isInDoubt($0.index) }
            entry.answer(.failure(.store(failure, uncertain: isInDoubt)))
        }
    }

    private func answer(_ landed: Landed) {
        for entry in landed.entries {
            let receipt = AppendReceipt(
                positions: entry.accepted.positions,
                duplicates: entry.accepted.duplicates,
                head: landed.head,
                durable: landed.head.size - 1
            )
            entry.answer(.success(receipt))
        }
        #if DEBUG
        if !landed.entries.isEmpty { committer.syncTooLate(segment.file) }
        #endif
    }

    /// Writes and syncs what is staged, alone, then shows it to readers; the writer is settled.
    func write(_ placing: LedgerEncoder.Placing) throws(DiskError) {
        try encode(placing)
        let outcome = committer.commit(close())
        _ = finish(outcome)
        _ = try outcome.get()
    }

    /// Turns what was staged last into bytes, and into what look-ups keep of it.
    private func encode(_ placing: LedgerEncoder.Placing) throws(DiskError) {
        let staged = staging.staged[staging.encoded...]
        try encoder.add(
            staged,
            placing,
            to: &open,
            after: segment.end,
            seed: segment.part.header.seed,
            &staging.progress
        )
        staging.wasEncoded()
    }

    /// Ends the group that was made, with its commit frame: it is on its way from now on.
    private func close() -> LedgerGroup {
        staging.depart()
        swap(&flying, &accepted)
        isFlying = true
        let progress = staging.progress
        var added = open
        open = OpenSegment.Group()
        added.slots = shared.keyring.withLock { $0.count }
        let head = TreeHead(size: progress.next, root: progress.frontier.root(with: encoder.hashing))
        let commit = CommitFrame(
            first: staging.base,
            count: UInt32(added.rows.count),
            slots: added.slots,
            synced: staging.base - 1,
            root: head.root
        )
        encoder.close(commit, seed: segment.part.header.seed)
        let offset = segment.end
        let bytes = encoder.taken()
        segment.end += Int64(bytes.count)
        added.end = segment.end
        added.lastReceived = progress.received.milliseconds
        added.lastCounter = Int64(progress.received.counter)
        return LedgerGroup(part: segment.part, offset: offset, bytes: bytes, added: added, head: head)
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
