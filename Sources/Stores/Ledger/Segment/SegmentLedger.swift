package import Basics
package import FilesDriver
internal import Integrity
package import Model
internal import OpenSSLDriver
package import Ports

/// The embedded ledger: append-only segments on a disk of its own, one writer with group commit.
///
/// The format is documented to the byte ("The ledger on disk"). An append waits for the sync that covers it; readers
/// use positional reads and never block the writer. See the port for what it promises.
package final class SegmentLedger: Ledger {
    /// How a ledger is cut and grown.
    package struct Options: Sendable {
        /// A segment is sealed when it reaches this size.
        package var segmentBytes: Int64 = 128 << 20
        /// So far ahead the open segment gets its room.
        package var growthBytes: Int64 = 8 << 20
        /// A group takes batches up to this size; one larger batch makes a group of its own.
        package var groupBytes = 8 << 20
        /// Filters of sealed segments stay in memory up to this size, the oldest first.
        package var filterBytes: Int64 = 64 << 20
        package var keyHorizon = KeyHorizon()
        package var committing = Committing.adaptive
        #if DEBUG
        /// Mutants for the tests of the tests: each must be caught.
        package var sins: Set<Sin> = []
        #endif

        package init() {}
    }

    /// Which thread brings groups to the disk: another than the writer when that helps, or always.
    package enum Committing: Sendable, CaseIterable { case adaptive, aside }

    #if DEBUG
    package enum Sin: Sendable, CaseIterable {
        case acknowledgeBeforeSync, noChecksum, keepHalfBatch, keyringSyncedLate
    }
    #endif

    private let shared: LedgerShared
    private let requests = BlockingQueue<LedgerRequest>()
    private let reading: ThreadExecutor
    private let randomness: any Randomness
    private let clock: any WallClock
    private let retention = Lock(())
    /// What a crash had left after the last whole group, cut when the ledger was opened.
    package let tail: LedgerTail?

    // MARK: Opening and closing

    /// Opens the ledger in a folder, or begins one in an empty folder.
    ///
    /// Blocks.
    ///
    /// `witnesses` are positions that somebody knows to have been durable: a ledger that ends below one is damaged,
    /// and is refused.
    package static func open(
        on disk: any Disk,
        options: Options = Options(),
        clock: any WallClock,
        randomness: any Randomness,
        witnesses: [Int64] = [],
        masterKey: [UInt8]? = nil
    ) throws(LedgerOpenError) -> SegmentLedger {
        let recovery = LedgerRecovery(
            disk: disk,
            purpose: .writing,
            masterKey: masterKey,
            clock: clock,
            randomness: randomness,
            options: options
        )
        let recovered = try recovery.run(witnesses: witnesses)
        let start: LedgerWriter.Start
        do { start = try recovery.start(recovered) } catch { throw .disk(error) }
        let ledger = SegmentLedger(recovered, start: start, disk: disk, clock: clock, randomness: randomness)
        ledger.startWriter(options, start)
        return ledger
    }

    /// Opens the ledger to look only; nothing in the folder changes, and a server may be writing to it.
    ///
    /// Blocks.
    package static func openForReading(
        on disk: any Disk,
        options: Options = Options(),
        clock: any WallClock,
        randomness: any Randomness,
        masterKey: [UInt8]? = nil
    ) throws(LedgerOpenError) -> SegmentLedger {
        let recovery = LedgerRecovery(
            disk: disk,
            purpose: .reading,
            masterKey: masterKey,
            clock: clock,
            randomness: randomness,
            options: options
        )
        let recovered = try recovery.run(witnesses: [])
        let ledger = SegmentLedger(recovered, start: nil, disk: disk, clock: clock, randomness: randomness)
        ledger.requests.close()
        return ledger
    }

    private init(
        _ recovered: LedgerRecovery.Recovered,
        start: LedgerWriter.Start?,
        disk: any Disk,
        clock: any WallClock,
        randomness: any Randomness
    ) {
        shared = LedgerShared(recovered, start: start, disk: disk)
        reading = ThreadExecutor(name: "prima-reader", threads: 2)
        self.randomness = randomness
        self.clock = clock
        tail = recovered.tail
    }

    private func startWriter(_ options: Options, _ start: LedgerWriter.Start) {
        let (shared, requests, clock, randomness) = (shared, requests, clock, randomness)
        Thread.start(name: "prima-writer") {
            let writer = LedgerWriter(
                shared: shared,
                options: options,
                clock: clock,
                randomness: randomness,
                requests: requests,
                start: start
            )
            writer.run()
        }
    }

    /// Stops cleanly: what was appended before is acknowledged, and a signed head is left as a witness.
    ///
    /// Reading goes on until the ledger is released.
    package func close() async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            if requests.append(.stop(continuation)) == .closed {
                continuation.resume(returning: .failure(Self.closed("close the ledger")))
            }
        }
        shared.growth.end(StoreError(.cancelled, in: "wait for events"))
        _ = try result.get()
    }

    /// Without a clean stop the writer just ends, as in a crash: what was acknowledged is durable already.
    deinit {
        requests.close()
        let reading = reading
        // One of the reader's own threads may be the last to hold the ledger, and cannot wait for itself.
        Thread.start(name: "prima-stop") { reading.stop() }
    }

    // MARK: Appending

    package func append(_ batch: [Submission]) async throws(AppendError) -> AppendReceipt {
        let result = await withCheckedContinuation { continuation in
            append(batch) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Appends as the port's `append` does, and calls `completion` once: on the writer's thread, which must not wait.
    ///
    /// The way of an event loop, which has no task to suspend.
    package func append(
        _ batch: [Submission],
        completion: @escaping @Sendable (Result<AppendReceipt, AppendError>) -> Void
    ) {
        let preparation = Preparation(batch, randomness: randomness)
        let rows = batch.map { shared.fingerprints.row(of: $0.event) }
        let bytes = preparation.items.reduce(SegmentFormat.commitSize + 64) { sum, item in
            sum + item.prepared.maximumByteCount + item.event.body.encoded.count + 64
                + (item.recognition == .declared ? 0 : ContentKey.maximumByteCount)
        }
        let request = AppendRequest(
            items: preparation.items,
            refusals: preparation.refusals,
            rows: rows,
            isUnnamed: batch.contains { $0.recognition != .declared },
            bytes: bytes,
            answer: completion
        )
        if requests.append(.append(request), .patient) == .closed {
            completion(.failure(.store(Self.closed("append events"), uncertain: false)))
        }
    }

    package func forget(_ subject: SubjectID, by writer: Writer) async throws(AppendError) -> Forgetting {
        let result = await withCheckedContinuation { continuation in
            if requests.append(.forget(subject, writer, continuation)) == .closed {
                continuation.resume(returning: .failure(.store(Self.closed("forget a subject"), uncertain: false)))
            }
        }
        let outcome = try result.get()
        guard outcome.isNew, let position = outcome.position else {
            return Forgetting(subject: subject, position: outcome.position, events: 0)
        }
        do {
            let events = try await count(of: subject, after: outcome.previous, before: position.index)
            return Forgetting(subject: subject, position: position, events: events)
        } catch {
            // The forget stands; only how much it took could not be read.
            throw .store(error, uncertain: true)
        }
    }

    private static func closed(_ operation: StaticString) -> StoreError { StoreError(.unavailable, in: operation) }

    // MARK: Reading

    package var extent: LedgerExtent { shared.extent }

    /// What readers see at this moment.
    var snapshot: LedgerShared.State { shared.current }

    package func read(_ query: LedgerQuery) async throws(StoreError) -> LedgerPage {
        try await blocking("read events") { shared throws(LedgerFault) in
            let state = shared.current
            var reader = PageReader(
                query,
                parts: state.parts,
                extent: state.extent,
                fingerprints: shared.fingerprints,
                keyring: shared.keyring
            )
            return try reader.page()
        }
    }

    package func grown(beyond size: Int64) async throws(StoreError) { try await shared.growth.wait(beyond: size) }

    private func count(of subject: SubjectID, after: Int64, before: Int64) async throws(StoreError) -> Int64 {
        try await blocking("count events") { shared throws(LedgerFault) in
            try SubjectCount(shared: shared, subject: subject).count(after: after, before: before)
        }
    }

    /// Runs what may wait for the disk on threads of its own.
    func blocking<Result: Sendable>(
        _ operation: StaticString,
        _ body: @escaping @Sendable (LedgerShared) throws(LedgerFault) -> Result
    ) async throws(StoreError) -> Result {
        let shared = shared
        let outcome = await withTaskExecutorPreference(reading) { () async -> Swift.Result<Result, LedgerFault> in
            do throws(LedgerFault) { return .success(try body(shared)) } catch { return .failure(error) }
        }
        switch outcome {
        case .success(let result): return result
        case .failure(let fault): throw StoreError(fault, in: operation)
        }
    }

    // MARK: Proofs

    package func root(at size: Int64) async throws(StoreError) -> ContentHash {
        try check(size, in: "compute a root")
        return try await blocking("compute a root") { shared throws(LedgerFault) in
            let hashing = LedgerHashing()
            var tree = LedgerTree(parts: shared.current.parts, size: size, hashing: hashing)
            return try MerkleProof.root(
                size: size,
                node: { level, index throws(LedgerFault) in try tree.node(level, index) },
                with: hashing
            )
        }
    }

    package func inclusion(of position: Position, in size: Int64) async throws(StoreError) -> InclusionProof {
        try check(size, in: "prove an event")
        guard position.index < size else { throw StoreError(.invalid, in: "prove an event") }
        return try await blocking("prove an event") { shared throws(LedgerFault) in
            let hashing = LedgerHashing()
            let state = shared.current
            var tree = LedgerTree(parts: state.parts, size: size, hashing: hashing)
            let node = { (level: Int, index: Int64) throws(LedgerFault) in try tree.node(level, index) }
            let path = try MerkleProof.inclusion(position: position.index, size: size, node: node, with: hashing)
            let leaf = try node(0, position.index)
            let isHead = size == state.head.size
            let root = isHead ? state.head.root : try MerkleProof.root(size: size, node: node, with: hashing)
            return InclusionProof(position: position, size: size, leaf: leaf, path: path, root: root)
        }
    }

    package func consistency(from: Int64, to: Int64) async throws(StoreError) -> ConsistencyProof {
        try check(to, in: "prove consistency")
        guard from >= 0, from <= to else { throw StoreError(.invalid, in: "prove consistency") }
        return try await blocking("prove consistency") { shared throws(LedgerFault) in
            let hashing = LedgerHashing()
            var tree = LedgerTree(parts: shared.current.parts, size: to, hashing: hashing)
            let node = { (level: Int, index: Int64) throws(LedgerFault) in try tree.node(level, index) }
            return ConsistencyProof(
                from: from,
                to: to,
                path: try MerkleProof.consistency(from: from, to: to, node: node, with: hashing),
                fromRoot: try MerkleProof.root(size: from, node: node, with: hashing),
                toRoot: try MerkleProof.root(size: to, node: node, with: hashing)
            )
        }
    }

    private func check(_ size: Int64, in operation: StaticString) throws(StoreError) {
        guard size >= 0 else { throw StoreError(.invalid, in: operation) }
        guard size <= shared.extent.size else { throw StoreError(.notFound, in: operation) }
    }

    package func signedHead() async throws(StoreError) -> SignedTreeHead {
        HeadSigner(key: shared.headKey).sign(shared.head, time: clock.milliseconds())
    }

    // MARK: Retention

    /// What `retain(from:)` would answer now: whole segments go, and only sealed ones.
    package func retainable(from position: Position) -> Position {
        SegmentKeeper.first(below: position, of: shared.current.parts)
    }

    package func retain(from position: Position) async throws(StoreError) -> Position {
        let (retention, randomness, clock) = (retention, randomness, clock)
        return try await blocking("retain") { shared throws(LedgerFault) in
            let result = retention.withLock { _ -> Result<Position, LedgerFault> in
                let keeper = SegmentKeeper(shared: shared, randomness: randomness, clock: clock)
                do throws(LedgerFault) { return .success(try keeper.keep(below: position)) } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }
    }
}
