internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver
internal import Ports

/// Turns staged events into the bytes of a group: placed, sealed, hashed, framed.
///
/// For the writer's thread.
struct LedgerEncoder {
    /// Keys at hand, in two generations of so many: about a kilobyte each.
    private static let generation = 8192

    private let keyring: Lock<Keyring>
    private let randomness: any Randomness
    private let run: [UInt8]
    let hashing = LedgerHashing()
    /// By the fingerprint of the owner: those used lately, and those before.
    private var young: [UInt64: Sealer] = [:]
    private var old: [UInt64: Sealer] = [:]
    private var plain: [UInt8] = []
    private var nonce: [UInt8]
    private(set) var buffer: [UInt8] = []
    /// The bytes of a group that was written: room for a later one.
    private var spare: [UInt8] = []

    /// The live key of a subject.
    private final class Sealer {
        let subject: SubjectID
        let slot: UInt32
        let key: SealingKey
        private let secret: [UInt8]
        private(set) lazy var content = ContentKey(secret: secret)

        init(_ subject: SubjectID, _ slot: UInt32, _ secret: [UInt8]) {
            self.subject = subject
            self.slot = slot
            self.secret = secret
            key = SealingKey(key: secret)
        }
    }

    init(keyring: Lock<Keyring>, randomness: any Randomness) {
        self.keyring = keyring
        self.randomness = randomness
        run = randomness.bytes(6)
        nonce = run + [UInt8](repeating: 0, count: 6)
    }

    /// Gives away the bytes of the group.
    mutating func taken() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        swap(&buffer, &spare)
        buffer.removeAll(keepingCapacity: true)
        return taken
    }

    /// Takes back the bytes of a group that was written.
    mutating func recycle(_ bytes: consuming [UInt8]) {
        if spare.isEmpty { spare = bytes }
    }

    /// Where an event goes: when it was received, and how its body is written.
    struct Placement {
        let received: HybridTime
        let body: BodyForm
    }

    /// Where some events go: to the next times of the ledger's clock, or where they were before.
    enum Placing {
        case now(Int64, BodyForm)
        case given([Placement])
    }

    /// Appends the frames of events to those of their group, which stands at `offset`, and what look-ups keep of them.
    mutating func add(
        _ staged: ArraySlice<LedgerStaging.Staged>,
        _ placing: Placing,
        to group: inout OpenSegment.Group,
        after offset: Int64,
        seed: UInt32,
        _ progress: inout LedgerProgress
    ) throws(DiskError) {

        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        defer { swap(&bytes, &buffer) }
        for (index, staged) in staged.enumerated() {
            let placement =
                switch placing {
                case .now(let now, let body): Placement(received: progress.received.next(now: now), body: body)
                case .given(let placements): placements[index]
                }
            var row = staged.row
            row.offset = UInt32(offset + Int64(bytes.count))
            let position = Position(progress.next)
            let leaf = try add(staged.item, row, at: position, placement, seed: seed, to: &bytes)
            if group.rows.isEmpty { group.firstReceived = placement.received.milliseconds }
            if row.key != 0 {
                group.keys += 1
                progress.keys += 1
            }
            group.rows.append(row)
            group.leaves.append(leaf)
            progress.frontier.append(leaf, with: hashing) { level, _, hash in
                if level >= SegmentFormat.lowestLevel { group.nodes.append((level, hash)) }
            }
            progress.received = placement.received
        }
    }

    /// Appends an entry's frame; answers its leaf.
    ///
    /// The key is chosen here, with the position: nothing above a forget is sealed with the key that it destroys.
    private mutating func add(
        _ item: Preparation.Item,
        _ row: SegmentRow,
        at position: Position,
        _ placement: Placement,
        seed: UInt32,
        to buffer: inout [UInt8]
    ) throws(DiskError) -> ContentHash {
        let form = placement.body
        let sealer: Sealer? = form == .plain ? nil : try self.sealer(of: item, row, since: position.index)
        let start = FrameWriter.begin(in: &buffer)
        buffer.append(littleEndian: sealer?.slot ?? 0)
        let lengthAt = buffer.count
        buffer.append(littleEndian: UInt16(0))
        buffer.append(contentsOf: run)
        let canonical = buffer.count
        item.prepared.encode(position: position, received: placement.received, writer: item.writer, into: &buffer)
        let length = buffer.count - canonical
        precondition(length <= Int(UInt16.max), "the limits keep canonical bytes below 64 KiB")
        buffer.replace(at: lengthAt, littleEndian: UInt16(length))
        let leaf = hashing.leaf(buffer.raw.extracting(canonical..<buffer.count))
        if form == .plain {
            item.prepared.appendSalted(to: &buffer)
        } else if form == .sealed, let sealer {
            plain.removeAll(keepingCapacity: true)
            item.prepared.appendSalted(to: &plain)
            BodyOpener.place(position.index, in: &nonce)
            sealer.key.seal(plain.raw, nonce: nonce.raw, into: &buffer)
        }
        FrameWriter.end(start, .entry, seed: seed, in: &buffer)
        return leaf
    }

    /// How a body is written: sealed; in the clear, as the server's own events are; or not at all any more.
    enum BodyForm: Sendable { case sealed, plain, forgotten }

    mutating func close(_ commit: CommitFrame, seed: UInt32) { commit.append(to: &buffer, seed: seed) }

    /// The key of a subject is gone: the next event of it gets a new one.
    mutating func forget(slot: UInt32) {
        young = young.filter { $0.value.slot != slot }
        old = old.filter { $0.value.slot != slot }
    }

    /// The idempotency key that an event's content gives it; nil when it may only be a resend, and cannot be one.
    ///
    /// Where nothing of the owner is sealed there is nothing to recognise, and no key is made for a mere question.
    mutating func contentKey(
        of item: Preparation.Item,
        _ row: SegmentRow,
        since position: Int64
    ) throws(DiskError) -> IdempotencyKey? {
        guard case .content(let occurrence, let unknown) = item.recognition else { return nil }
        if unknown == .refused {
            let (owner, hasher) = (item.event.owner, hashing.hasher)
            let isThere = keyring.withLock { $0.liveSlot(of: $0.tag(of: owner, with: hasher)) != nil }
            guard isThere else { return nil }
        }
        let sealer = try sealer(of: item, row, since: position)
        return sealer.content.key(of: item.event, occurrence: occurrence, with: hashing.hasher)
    }

    /// The key of an event's owner, made when there is none.
    private mutating func sealer(
        of item: Preparation.Item,
        _ row: SegmentRow,
        since position: Int64
    ) throws(DiskError) -> Sealer {
        // A fingerprint only points: two subjects that share one must not share a key.
        let fingerprint = row.subject == 0 ? row.agent : row.subject
        if let known = young[fingerprint], item.prepared.isOwned(by: known.subject) { return known }
        let sealer: Sealer
        if let known = old[fingerprint], item.prepared.isOwned(by: known.subject) {
            sealer = known
        } else {
            let owner = item.event.owner
            let slot = try self.slot(of: owner, since: position)
            sealer = Sealer(owner, slot, try keyBytes(slot))
        }
        if young.count >= Self.generation {
            swap(&young, &old)
            young.removeAll(keepingCapacity: true)
        }
        young[fingerprint] = sealer
        return sealer
    }

    private func slot(of subject: SubjectID, since position: Int64) throws(DiskError) -> UInt32 {
        let hasher = hashing.hasher
        let randomness = randomness
        let result = keyring.withLock { keyring -> Result<UInt32, DiskError> in
            let tag = keyring.tag(of: subject, with: hasher)
            if let slot = keyring.liveSlot(of: tag) { return .success(slot) }
            let fresh = randomness.bytes(SealingKey.keyByteCount)
            do throws(DiskError) { return .success(try keyring.add(fresh, for: tag, since: position)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func keyBytes(_ slot: UInt32) throws(DiskError) -> [UInt8] {
        let (file, wrapping) = keyring.withLock { ($0.file, $0.wrapping) }
        guard let bytes = try Keyring.readKey(slot, file, wrapping) else {
            throw DiskError(.damaged, operation: "read key \(slot) of", name: LedgerFiles.keyring)
        }
        return bytes
    }
}
