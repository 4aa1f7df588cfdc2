internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model

/// The newest tree heads on disk: two records, so that one is whole at any moment.
///
/// A head is a witness of what was durable when it was written; it need not be signed for that. Only one of the records
/// is ever on its way to the disk: the other was synced, and is not touched until this one is.
struct HeadRecords: Sendable {
    static let recordSize = 512
    static let magic = Array("PRIMATOP".utf8)

    /// A head as it is kept.
    struct Record: Sendable, Hashable {
        let head: TreeHead
        let time: Int64
        var signature: Signature?
        var publicKey: PublicKey?
    }

    let file: any DiskFile
    let ledger: [UInt8]
    private(set) var newest: Record?
    /// The record that is on stable storage; the other one is written over.
    private var stableSlot = 1

    init(file: any DiskFile, ledger: [UInt8]) throws(LedgerFault) {
        self.file = file
        self.ledger = ledger
        var bytes: [UInt8] = []
        do { _ = try file.read(into: &bytes, count: 2 * Self.recordSize, at: 0) } catch { throw .disk(error) }
        guard bytes.count == 2 * Self.recordSize else {
            throw .damage(.damaged(LedgerFiles.heads, "it has \(bytes.count) of its \(2 * Self.recordSize) bytes"))
        }
        var spoilt = 0
        for slot in 0..<2 {
            let record = Array(bytes[slot * Self.recordSize..<(slot + 1) * Self.recordSize])
            let head: Record?
            do { head = try Self.decode(record, ledger: ledger) } catch { throw .damage(error) }
            if head == nil, !record.raw.isZero { spoilt += 1 }
            guard let head, newest.map({ ($0.head.size, $0.time) < (head.head.size, head.time) }) ?? true else {
                continue
            }
            newest = head
            stableSlot = slot
        }
        // The older record is written over while the newer one is whole.
        if spoilt == 2 { throw .damage(.damaged(LedgerFiles.heads, "neither of its records is whole")) }
    }

    /// Writes a head beside the one that was synced last.
    ///
    /// It is a witness at once against the end of the process, and after `sync` against that of the power.
    mutating func write(_ head: Record) throws(DiskError) {
        try file.write(Self.encode(head, ledger: ledger)[...], at: Int64((1 - stableSlot) * Self.recordSize))
        newest = head
    }

    /// Makes the newest head stable, and the other record the one to write over.
    mutating func sync(_ written: Record) throws(DiskError) {
        try write(written)
        try file.sync()
        stableSlot = 1 - stableSlot
    }

    private static func encode(_ head: Record, ledger: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: recordSize)
        bytes.replace(at: 0, with: magic)
        bytes.replace(at: 8, littleEndian: SegmentFormat.version)
        bytes.replace(at: 16, with: ledger)
        bytes.replace(at: 32, littleEndian: head.head.size)
        bytes.replace(at: 40, littleEndian: head.time)
        bytes.replace(at: 48, with: head.head.root.bytes)
        bytes.replace(at: 80, with: head.publicKey?.bytes ?? [])
        bytes.replace(at: 112, with: head.signature?.bytes ?? [])
        bytes.replace(at: 12, littleEndian: CRC32C.checksum(bytes.raw))
        return bytes
    }

    /// Nil for a record that is empty or was torn; the other one counts then.
    private static func decode(_ bytes: [UInt8], ledger: [UInt8]) throws(LedgerDamage) -> Record? {
        guard Array(bytes[0..<8]) == magic else { return nil }
        var checked = bytes
        checked.replace(at: 12, littleEndian: UInt32(0))
        guard bytes.integer(at: 12, as: UInt32.self) == CRC32C.checksum(checked.raw) else { return nil }
        let version: UInt32 = bytes.integer(at: 8)
        guard version == SegmentFormat.version else { throw .newer(LedgerFiles.heads, version: version) }
        guard Array(bytes[16..<32]) == ledger else {
            throw .foreign(LedgerFiles.heads, "it holds the heads of another ledger")
        }
        guard let root = ContentHash(Array(bytes[48..<80])) else { return nil }
        let isSigned = bytes[80..<176].contains { $0 != 0 }
        return Record(
            head: TreeHead(size: bytes.integer(at: 32), root: root),
            time: bytes.integer(at: 40),
            signature: isSigned ? Signature(Array(bytes[112..<176])) : nil,
            publicKey: isSigned ? PublicKey(Array(bytes[80..<112])) : nil
        )
    }
}
