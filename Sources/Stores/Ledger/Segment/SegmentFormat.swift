internal import Basics
internal import Integrity

/// The numbers of the format page ("The ledger on disk"): where each byte of a segment lies.
enum SegmentFormat {
    static let version: UInt32 = 1
    static let headerSize = 4096
    static let headerChecked = 128
    static let frameHead = 8
    static let entryHead = 12
    static let commitSize = 56
    static let trailerSize = 512
    static let pageSize = 4096
    static let pageRoom = 4092
    static let sealOverhead = 16
    static let saltSize = 16
    /// Subtrees of 2^4 leaves and more are stored; smaller ones are computed from their leaves.
    static let lowestLevel = 4
    static let payloadLimit = 1 << 24

    static let headerMagic = Array("PRIMASEG".utf8)
    static let trailerMagic = Array("PRIMAEND".utf8)

    enum FrameKind: UInt8 { case entry = 1, commit = 2, kept = 3 }

    enum Section: Int, CaseIterable {
        case offsets, tree, numbers, directory, postings, filter, numbered, bound, peaks

        var entrySize: Int {
            switch self {
            case .offsets, .postings: 4
            case .tree, .peaks: 32
            case .numbers: 12
            case .directory, .numbered, .bound: 16
            case .filter: 64
            }
        }
    }

    static let namePrefix = "segment-"

    static func name(first: Int64) -> String {
        let digits = String(first)
        return namePrefix + String(repeating: "0", count: max(0, 15 - digits.count)) + digits
    }

    static func first(ofName name: String) -> Int64? {
        let digits = name.utf8.dropFirst(8)
        guard name.hasPrefix(namePrefix), digits.count == 15,
            digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        return Int64(name.dropFirst(8))
    }
}

/// Who a ledger is: drawn at first start, repeated in every file, so that a foreign file is known as one.
struct LedgerIdentity: Sendable, Hashable {
    let id: [UInt8]
    let fingerprintKey: [UInt8]

    var fingerprints: SipHash {
        SipHash(key: (fingerprintKey.integer(at: 0), fingerprintKey.integer(at: 8)))
    }
}

/// The first bytes of a segment.
struct SegmentHeader: Sendable, Hashable {
    enum Shape: UInt32, Sendable { case full = 0, kept = 1 }

    let ledger: [UInt8]
    /// Repeated from the keyring, so that segments can be searched without it.
    let fingerprintKey: [UInt8]
    let first: Int64
    let seed: UInt32
    let shape: Shape
    let created: Int64
    /// How many events below carried an idempotency key.
    let keysBelow: Int64
    /// The root of the tree below.
    let rootBelow: ContentHash

    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SegmentFormat.headerSize)
        bytes.replace(at: 0, with: SegmentFormat.headerMagic)
        bytes.replace(at: 8, littleEndian: SegmentFormat.version)
        bytes.replace(at: 16, with: ledger)
        bytes.replace(at: 32, littleEndian: first)
        bytes.replace(at: 40, littleEndian: seed)
        bytes.replace(at: 44, littleEndian: shape.rawValue)
        bytes.replace(at: 48, littleEndian: created)
        bytes.replace(at: 56, littleEndian: keysBelow)
        bytes.replace(at: 64, with: rootBelow.bytes)
        bytes.replace(at: 96, with: fingerprintKey)
        let checksum = CRC32C.checksum(bytes.raw.extracting(0..<SegmentFormat.headerChecked))
        bytes.replace(at: 12, littleEndian: checksum)
        return bytes
    }

    /// Reads a header; throws what is wrong with it.
    init(_ bytes: [UInt8], name: String) throws(LedgerDamage) {
        guard bytes.count >= SegmentFormat.headerChecked, Array(bytes[0..<8]) == SegmentFormat.headerMagic else {
            throw .foreign(name, "it does not begin as a segment does")
        }
        let version: UInt32 = bytes.integer(at: 8)
        guard version == SegmentFormat.version else { throw .newer(name, version: version) }
        var checked = Array(bytes[0..<SegmentFormat.headerChecked])
        checked.replace(at: 12, littleEndian: UInt32(0))
        guard bytes.integer(at: 12, as: UInt32.self) == CRC32C.checksum(checked.raw),
            let shape = Shape(rawValue: bytes.integer(at: 44)), let rootBelow = ContentHash(Array(bytes[64..<96]))
        else { throw .damaged(name, "its header does not match its checksum") }
        ledger = Array(bytes[16..<32])
        fingerprintKey = Array(bytes[96..<112])
        first = bytes.integer(at: 32)
        seed = bytes.integer(at: 40)
        self.shape = shape
        created = bytes.integer(at: 48)
        keysBelow = bytes.integer(at: 56)
        self.rootBelow = rootBelow
        guard first >= 0, keysBelow >= 0 else { throw .damaged(name, "its header names impossible numbers") }
    }

    init(
        identity: LedgerIdentity,
        first: Int64,
        seed: UInt32,
        shape: Shape,
        created: Int64,
        keysBelow: Int64,
        rootBelow: ContentHash
    ) {
        ledger = identity.id
        fingerprintKey = identity.fingerprintKey
        self.first = first
        self.seed = seed
        self.shape = shape
        self.created = created
        self.keysBelow = keysBelow
        self.rootBelow = rootBelow
    }
}

/// What a file says that no crash explains.
package enum LedgerDamage: Error, Sendable, Hashable, CustomStringConvertible {
    case foreign(String, String)
    case newer(String, version: UInt32)
    case damaged(String, String)

    package var description: String {
        switch self {
        case .foreign(let name, let reason): "\(name) is not a file of this ledger: \(reason)"
        case .newer(let name, let version): "\(name) has format version \(version); this program reads version 1"
        case .damaged(let name, let reason): "\(name) is damaged: \(reason)"
        }
    }
}
