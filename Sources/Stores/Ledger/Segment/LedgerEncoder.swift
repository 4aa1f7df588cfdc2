internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver
internal import Ports

/// Turns staged events into the bytes of a group: placed, sealed, hashed, framed.
///
/// For the writer's thread.
final class LedgerEncoder {
    private static let keyLimit = 4096
    private static let subjectLimit = 65_536

    private let keyring: Lock<Keyring>
    private let randomness: any Randomness
    private let run: [UInt8]
    let hashing = LedgerHashing()
    private var slots: [SubjectID: UInt32] = [:]
    private var keys: [UInt32: SealingKey] = [:]
    private(set) var buffer: [UInt8] = []

    init(keyring: Lock<Keyring>, randomness: any Randomness) {
        self.keyring = keyring
        self.randomness = randomness
        run = randomness.bytes(6)
    }

    func begin() { buffer.removeAll(keepingCapacity: true) }

    /// Appends an entry's frame; answers its leaf.
    ///
    /// The key is chosen here, with the position: nothing above a forget is sealed with the key that it destroys.
    func add(
        _ item: Preparation.Item,
        at position: Position,
        received: HybridTime,
        seed: UInt32,
        body form: BodyForm
    ) throws(DiskError) -> ContentHash {
        let slot = form == .plain ? 0 : try self.slot(of: item.event.owner, since: position.index)
        let start = FrameWriter.begin(in: &buffer)
        buffer.append(littleEndian: slot)
        let lengthAt = buffer.count
        buffer.append(littleEndian: UInt16(0))
        buffer.append(contentsOf: run)
        let canonical = buffer.count
        item.prepared.encode(position: position, received: received, writer: item.writer, into: &buffer)
        let length = buffer.count - canonical
        precondition(length <= Int(UInt16.max), "the limits keep canonical bytes below 64 KiB")
        buffer.replace(at: lengthAt, littleEndian: UInt16(length))
        let leaf = hashing.leaf(buffer.raw.extracting(canonical..<buffer.count))
        let salt = item.prepared.salt.bytes
        let body = item.event.body.encoded
        if slot == 0 {
            buffer.append(contentsOf: salt)
            buffer.append(contentsOf: body)
        } else if form == .sealed {
            let nonce = BodyOpener.nonce(run: run, position: position.index)
            try key(slot).seal(salt.raw, body.raw, nonce: nonce.raw, into: &buffer)
        }
        FrameWriter.end(start, .entry, seed: seed, in: &buffer)
        return leaf
    }

    /// How a body is written: sealed; in the clear, as the server's own events are; or not at all any more.
    enum BodyForm: Sendable { case sealed, plain, forgotten }

    func close(_ commit: CommitFrame, seed: UInt32) { commit.append(to: &buffer, seed: seed) }

    /// The key of a subject is gone: the next event of it gets a new one.
    func forget(_ subject: SubjectID, slot: UInt32) {
        slots[subject] = nil
        keys[slot] = nil
    }

    private func slot(of subject: SubjectID, since position: Int64) throws(DiskError) -> UInt32 {
        if let slot = slots[subject] { return slot }
        let hasher = hashing.hasher
        let fresh = randomness.bytes(SealingKey.keyByteCount)
        let result = keyring.withLock { keyring -> Result<UInt32, DiskError> in
            let tag = keyring.tag(of: subject, with: hasher)
            if let slot = keyring.liveSlot(of: tag) { return .success(slot) }
            do throws(DiskError) { return .success(try keyring.add(fresh, for: tag, since: position)) } catch {
                return .failure(error)
            }
        }
        let slot = try result.get()
        if slots.count >= Self.subjectLimit { slots.removeAll(keepingCapacity: true) }
        slots[subject] = slot
        return slot
    }

    private func key(_ slot: UInt32) throws(DiskError) -> SealingKey {
        if let key = keys[slot] { return key }
        let (file, wrapping) = keyring.withLock { ($0.file, $0.wrapping) }
        guard let bytes = try Keyring.readKey(slot, file, wrapping) else {
            throw DiskError(.damaged, operation: "read key \(slot) of", name: LedgerFiles.keyring)
        }
        if keys.count >= Self.keyLimit { keys.removeAll(keepingCapacity: true) }
        let key = SealingKey(key: bytes)
        keys[slot] = key
        return key
    }
}
