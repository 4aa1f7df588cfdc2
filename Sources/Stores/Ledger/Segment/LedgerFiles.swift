internal import Basics
package import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver

/// Why a ledger does not open.
package enum LedgerOpenError: Error, Sendable, CustomStringConvertible {
    case disk(DiskError)
    case damage(LedgerDamage)
    /// The keys are wrapped under a master key that was not given, or under another one.
    case masterKeyMissing
    case masterKeyWrong

    package var description: String {
        switch self {
        case .disk(let error): "\(error)"
        case .damage(let damage): "\(damage)"
        case .masterKeyMissing: "the keyring is wrapped: give the master key that it was made with"
        case .masterKeyWrong: "the keyring is wrapped under another master key than the one given"
        }
    }

    init(_ fault: LedgerFault) {
        switch fault {
        case .disk(let error): self = .disk(error)
        case .damage(let damage): self = .damage(damage)
        }
    }
}

/// The small files of a ledger: made once, whole or not at all.
struct LedgerFiles {
    static let keyring = "keyring"
    static let headKey = "head.key"
    static let heads = "heads"
    static let unfinished = ".new"
    static let headKeyPrefix = "prima-head-key-1 "

    let disk: any Disk

    /// Writes a file beside, syncs it, and gives it its name.
    func make(_ name: String, _ bytes: [UInt8]) throws(DiskError) {
        let file = try disk.open(name + Self.unfinished, .create)
        try file.write(bytes[...], at: 0)
        try file.sync()
        try disk.rename(name + Self.unfinished, to: name)
        try disk.syncFolder()
    }

    /// Makes the file of heads, without any.
    func makeHeads() throws(DiskError) {
        // A start before this one may have been refused this sync.
        try disk.syncFolder()
        try make(Self.heads, [UInt8](repeating: 0, count: 2 * HeadRecords.recordSize))
    }

    /// The files are made one after the other, each when the one before it is durable: one that is missing before
    /// another that is there was lost.
    func checkOrder(of names: [String]) throws(LedgerDamage) {
        var names = names
        let isSegment = { SegmentFormat.first(ofName: $0) != nil }
        for name in names.sorted()
        where name.hasPrefix(SegmentFormat.namePrefix) && !name.hasSuffix(Self.unfinished) && !isSegment(name) {
            throw .foreign(name, "no segment is called so")
        }
        // Read beside a server that makes its first files, a list of names may lack what was made meanwhile.
        if names.contains(where: isSegment), let later = try? disk.names() { names += later }
        let remedies = [Self.headKey: "; copy it back from where it was kept"]
        let order = [Self.headKey, Self.keyring, Self.heads]
        for (index, name) in order.enumerated() where !names.contains(name) {
            let isLater = names.contains { order[(index + 1)...].contains($0) || isSegment($0) }
            if isLater { throw .damaged(name, "it is missing\(remedies[name] ?? "")") }
        }
    }

    func removeUnfinished() throws(DiskError) {
        for name in try disk.names() where name.hasSuffix(Self.unfinished) { try disk.remove(name) }
    }

    func readAll(_ name: String, limit: Int = 1 << 16) throws(DiskError) -> [UInt8] {
        let file = try disk.open(name, .readOnly)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: limit, at: 0)
        return bytes
    }

    // MARK: The head's key

    func makeHeadKey(_ randomness: any Randomness) throws(DiskError) -> SigningKey {
        let key = SigningKey.generate(randomness: randomness)
        let line = "\(Self.headKeyPrefix)\(Hex.text(key.seed)) \(Hex.text(key.publicKey))\n"
        try make(Self.headKey, Array(line.utf8))
        return key
    }

    func readHeadKey() throws(LedgerOpenError) -> SigningKey {
        let bytes: [UInt8]
        do { bytes = try readAll(Self.headKey) } catch { throw .disk(error) }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] + " " == Self.headKeyPrefix, words[2].last == "\n",
            let seed = Hex.bytes(String(words[1])), seed.count == Ed25519.seedByteCount
        else { throw .damage(.damaged(Self.headKey, "it is not the line that Prima writes")) }
        let key = SigningKey(seed: seed)
        guard Hex.text(key.publicKey) == String(words[2].dropLast()) else {
            throw .damage(.damaged(Self.headKey, "its public key is not that of its seed"))
        }
        return key
    }

    // MARK: The keyring's header

    static func masterCheck(_ master: [UInt8]?) -> [UInt8] {
        guard let master else { return [UInt8](repeating: 0, count: 16) }
        return Array(SHA256.hash(Array("prima-master-key-1".utf8) + master).bytes[0..<16])
    }

    static func keyringHeader(_ identity: LedgerIdentity, created: Int64, master: [UInt8]?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Keyring.slotSize)
        bytes.replace(at: 0, with: Keyring.magic)
        bytes.replace(at: 8, littleEndian: SegmentFormat.version)
        bytes.replace(at: 16, with: identity.id)
        bytes.replace(at: 32, with: identity.fingerprintKey)
        bytes.replace(at: 48, littleEndian: created)
        bytes.replace(at: 56, with: masterCheck(master))
        bytes.replace(at: 12, littleEndian: CRC32C.checksum(bytes.raw))
        return bytes
    }

    /// What a keyring's header says.
    struct KeyringHeader {
        let identity: LedgerIdentity
        let created: Int64
        let masterCheck: [UInt8]
        var isWrapped: Bool { masterCheck.contains { $0 != 0 } }
    }

    static func readKeyringHeader(_ file: any DiskFile) throws(LedgerOpenError) -> KeyringHeader {
        var bytes: [UInt8] = []
        do { _ = try file.read(into: &bytes, count: Keyring.slotSize, at: 0) } catch { throw .disk(error) }
        guard bytes.count == Keyring.slotSize, Array(bytes[0..<8]) == Keyring.magic else {
            throw .damage(.foreign(keyring, "it does not begin as a keyring does"))
        }
        let version: UInt32 = bytes.integer(at: 8)
        guard version == SegmentFormat.version else { throw .damage(.newer(keyring, version: version)) }
        var checked = bytes
        checked.replace(at: 12, littleEndian: UInt32(0))
        guard bytes.integer(at: 12, as: UInt32.self) == CRC32C.checksum(checked.raw) else {
            throw .damage(.damaged(keyring, "its header does not match its checksum"))
        }
        return KeyringHeader(
            identity: LedgerIdentity(id: Array(bytes[16..<32]), fingerprintKey: Array(bytes[32..<48])),
            created: bytes.integer(at: 48),
            masterCheck: Array(bytes[56..<72])
        )
    }
}
