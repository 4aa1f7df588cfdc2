internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver

/// The keys that seal the bodies, one live key for each subject, in a file of 128-byte slots.
///
/// A value in memory says what each slot is; key bytes are read from the file when they are wanted, so that a
/// destroyed key is nowhere. One writer changes it; `KeyringReader` serves everybody else.
struct Keyring {
    static let slotSize = 128
    static let magic = Array("PRIMAKEY".utf8)
    static let growth: Int64 = 4096
    private static let noChecksum = [UInt8](repeating: 0, count: 4)

    enum State: UInt8 { case empty = 0, live = 1, destroyed = 2 }

    /// What memory knows of a slot.
    struct Slot {
        var state: State
        var since: Int64
        var tag: Tag
        var forgottenAt: Int64
        var isWrapped: Bool
        /// Its bytes do not fit together: it was being destroyed when a write failed, or it is damaged.
        var isTorn = false
    }

    /// Which subject a key is for.
    struct Tag: Hashable {
        let low: UInt64
        let high: UInt64

        init(_ bytes: [UInt8], at offset: Int = 0) {
            low = bytes.integer(at: offset)
            high = bytes.integer(at: offset + 8)
        }

        var bytes: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: low)
            bytes.append(littleEndian: high)
            return bytes
        }
    }

    let file: any DiskFile
    let identity: LedgerIdentity
    let wrapping: KeyWrapping?
    /// Slot N is at index N - 1.
    private(set) var slots: [Slot] = []
    private var live: [Tag: UInt32] = [:]
    private var capacity: Int64 = 0
    private(set) var needsSync = false

    /// How many key slots there are, synced or not.
    var count: UInt32 { UInt32(slots.count) }

    func tag(of subject: SubjectID, with hasher: SHA256Hasher) -> Tag {
        let text = Array(subject.text.utf8)
        return Tag(hasher.hash(identity.fingerprintKey.raw, text.raw).bytes)
    }

    func liveSlot(of tag: Tag) -> UInt32? { live[tag] }
    func slot(_ number: UInt32) -> Slot? {
        number > 0 && number <= UInt32(slots.count) ? slots[Int(number) - 1] : nil
    }

    init(file: any DiskFile, identity: LedgerIdentity, wrapping: KeyWrapping?) {
        self.file = file
        self.identity = identity
        self.wrapping = wrapping
    }

    // MARK: Changing

    private func size(with more: Int) -> Int64 { (Int64(slots.count) + 1 + Int64(more)) * Int64(Self.slotSize) }

    /// Whether so many more keys fit.
    func hasRoom(for more: Int) -> Bool { size(with: more) <= capacity }

    /// Makes sure that so many more keys fit, zero-filled: a full disk is met here, before anything is written.
    mutating func reserve(_ more: Int) throws(DiskError) {
        let needed = size(with: more)
        guard needed > capacity else { return }
        let step = Self.growth * Int64(Self.slotSize) / 8
        let target = (needed + step - 1) / step * step
        let zeros = [UInt8](repeating: 0, count: Int(target - capacity))
        try file.write(zeros[...], at: capacity)
        try file.sync()
        capacity = target
    }

    /// Writes a new live key for a subject that has none; it may seal `since` and what follows.
    mutating func add(_ key: [UInt8], for tag: Tag, since: Int64) throws(DiskError) -> UInt32 {
        precondition(live[tag] == nil, "a subject has one live key")
        let number = UInt32(slots.count) + 1
        let bytes = encode(number, .live, since: since, tag: tag, forgottenAt: -1, key: key)
        try file.write(bytes[...], at: Int64(number) * Int64(Self.slotSize))
        needsSync = true
        slots.append(Slot(state: .live, since: since, tag: tag, forgottenAt: -1, isWrapped: wrapping != nil))
        live[tag] = number
        return number
    }

    /// Overwrites a key.
    ///
    /// It is gone when `sync` returned.
    mutating func destroy(_ number: UInt32, forgottenAt position: Int64) throws(DiskError) {
        let index = Int(number) - 1
        let slot = slots[index]
        let bytes = encode(number, .destroyed, since: slot.since, tag: slot.tag, forgottenAt: position, key: [])
        try file.write(bytes[...], at: Int64(number) * Int64(Self.slotSize))
        needsSync = true
        markDestroyed(number, forgottenAt: position)
    }

    /// Treats a key as destroyed, whatever the file says.
    mutating func markDestroyed(_ number: UInt32, forgottenAt position: Int64) {
        let index = Int(number) - 1
        slots[index].state = .destroyed
        slots[index].forgottenAt = position
        slots[index].isTorn = false
        if live[slots[index].tag] == number { live[slots[index].tag] = nil }
    }

    /// Writes again what a failed sync may have lost, and wraps what is still plain under a new master key.
    ///
    /// Slots up to `synced` were synced; destroyed ones only when their forget is below the first unsealed segment.
    mutating func rewrite(above synced: UInt32, forgottenFrom unsealed: Int64, next: Int64) throws(DiskError) {
        for index in slots.indices {
            let slot = slots[index]
            let number = UInt32(index) + 1
            switch slot.state {
            case .live:
                guard number > synced || (wrapping != nil && !slot.isWrapped) else { continue }
                guard let key = try Self.readKey(number, file, wrapping) else { continue }
                // A key made for a tail that was cut serves from where the ledger ends now.
                let since = min(slot.since, next)
                let bytes = encode(number, .live, since: since, tag: slot.tag, forgottenAt: -1, key: key)
                try file.write(bytes[...], at: Int64(number) * Int64(Self.slotSize))
                slots[index].isWrapped = wrapping != nil
                slots[index].since = since
            case .destroyed:
                guard slot.forgottenAt >= unsealed || number > synced else { continue }
                try destroy(number, forgottenAt: slot.forgottenAt)
            case .empty: continue
            }
        }
        needsSync = true
    }

    /// The bytes of a live key; nil when the slot is not live, or does not unwrap.
    static func readKey(_ number: UInt32, _ file: any DiskFile, _ wrapping: KeyWrapping?) throws(DiskError) -> [UInt8]?
    {
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: slotSize, at: Int64(number) * Int64(slotSize))
        guard bytes.count == slotSize else { return nil }
        let checksum: UInt32 = bytes.integer(at: 0)
        bytes.replace(at: 0, littleEndian: UInt32(0))
        guard checksum == CRC32C.checksum(bytes.raw, seed: number), bytes[4] == State.live.rawValue else { return nil }
        guard bytes[5] == 1 else { return Array(bytes[32..<64]) }
        return wrapping?.unwrap(Array(bytes[32..<92]), associated: Array(bytes[16..<32]))
    }

    /// The file when it has to be synced, which the caller then does; keys may be added meanwhile, for the next sync.
    ///
    /// Where that sync fails, nothing may be sealed any more.
    mutating func takeUnsynced() -> (any DiskFile)? {
        defer { needsSync = false }
        return needsSync ? file : nil
    }

    mutating func sync() throws(DiskError) {
        guard needsSync else { return }
        try file.sync()
        needsSync = false
    }

    private func encode(
        _ number: UInt32,
        _ state: State,
        since: Int64,
        tag: Tag,
        forgottenAt: Int64,
        key: [UInt8]
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.slotSize)
        bytes[4] = state.rawValue
        bytes.replace(at: 8, littleEndian: since)
        bytes.replace(at: 16, with: tag.bytes)
        if let wrapping, !key.isEmpty {
            bytes[5] = 1
            bytes.replace(at: 32, with: wrapping.wrap(key, associated: tag.bytes))
        } else {
            bytes.replace(at: 32, with: key)
        }
        bytes.replace(at: 96, littleEndian: forgottenAt)
        bytes.replace(at: 0, littleEndian: CRC32C.checksum(bytes.raw, seed: number))
        return bytes
    }

    // MARK: Opening

    /// Takes in the slots of the file; what follows the first empty one is not looked at.
    ///
    /// A missing slot at or below `synced` is damage, and a spoilt one is unless its forget is in the ledger; above,
    /// no crash-free moment ever relied on it, and the list ends.
    mutating func load(synced: UInt32, size: Int64, chunk: Int = 1 << 20) throws(LedgerFault) {
        capacity = size
        let most = max(0, Int(clamping: size / Int64(Self.slotSize)))
        slots.reserveCapacity(most)
        live.reserveCapacity(min(most, Int(synced)))
        var offset = Int64(Self.slotSize)
        var buffer: [UInt8] = []
        while offset + Int64(Self.slotSize) <= size {
            do { _ = try file.read(into: &buffer, count: chunk, at: offset) } catch { throw .disk(error) }
            var start = 0
            while start + Self.slotSize <= buffer.count {
                guard try take(buffer, at: start, synced: synced) else { return }
                start += Self.slotSize
            }
            offset += Int64(start)
            if start == 0 { break }
        }
        if count < synced { throw .damage(.damaged("keyring", "it holds \(count) of \(synced) keys")) }
    }

    /// Takes one slot in; false at the end of the list.
    private mutating func take(_ buffer: [UInt8], at start: Int, synced: UInt32) throws(LedgerFault) -> Bool {
        let number = count + 1
        let bytes = buffer.raw.extracting(start..<start + Self.slotSize)
        let checksum: UInt32 = bytes.integer(at: 0)
        // The checksum was taken with zeros in its own place.
        let before = CRC32C.checksum(Self.noChecksum.raw, seed: number)
        let isWhole = checksum == CRC32C.checksum(bytes.extracting(4..<Self.slotSize), seed: before)
        guard isWhole, let state = State(rawValue: bytes.byte(at: 4)), state != .empty else {
            guard number <= synced else { return false }
            if bytes.isZero { throw .damage(.damaged("keyring", "key \(number) is missing")) }
            slots.append(
                Slot(
                    state: .live,
                    since: bytes.integer(at: 8),
                    tag: Tag(buffer, at: start + 16),
                    forgottenAt: -1,
                    isWrapped: true,
                    isTorn: true
                )
            )
            return true
        }
        let slot = Slot(
            state: state,
            since: bytes.integer(at: 8),
            tag: Tag(buffer, at: start + 16),
            forgottenAt: bytes.integer(at: 96),
            isWrapped: bytes.byte(at: 5) == 1
        )
        slots.append(slot)
        if state == .live { live[slot.tag] = number }
        return true
    }

    /// Takes no notice of live keys that no group ever named: nothing is sealed under them.
    mutating func dropUnused(above synced: UInt32) {
        while count > synced, let last = slots.last, last.state == .live {
            if live[last.tag] == count { live[last.tag] = nil }
            slots.removeLast()
        }
    }

    /// Zeroes whatever stands after the last slot: what a crash tore.
    mutating func clearTail(size: Int64) throws(DiskError) {
        var offset = (Int64(slots.count) + 1) * Int64(Self.slotSize)
        var buffer: [UInt8] = []
        while offset < size {
            let got = try file.read(into: &buffer, count: Int(min(size - offset, 1 << 20)), at: offset)
            guard got > 0 else { return }
            if !buffer.raw.isZero {
                try file.write([UInt8](repeating: 0, count: got)[...], at: offset)
                needsSync = true
            }
            offset += Int64(got)
        }
    }
}
