import Basics
import FilesDriver
import Model
import Ports
import TestSupport
import Testing

@testable import Stores

/// The two records of heads, when the power goes while heads are written and not synced.
@Suite struct HeadRecordsTests {
    private static let ledger = [UInt8](repeating: 7, count: 16)

    private static func head(_ size: Int64) throws -> HeadRecords.Record {
        let root = try #require(ContentHash([UInt8](repeating: UInt8(truncatingIfNeeded: size), count: 32)))
        return HeadRecords.Record(head: TreeHead(size: size, root: root), time: size)
    }

    /// What was synced is whole, whatever became of all that was written after it.
    @Test(arguments: 0..<40) func keepsTheSyncedHead(seed: UInt64) throws {
        var faults = DiskFaults()
        faults.garbage = 900
        var disk = FaultyDisk(seed: seed, faults: faults)
        let file = try disk.open(LedgerFiles.heads, .create)
        try file.write([UInt8](repeating: 0, count: 2 * HeadRecords.recordSize)[...], at: 0)
        try file.sync()
        try disk.syncFolder()
        var random = SeededRandom(seed: seed)
        var stable: Int64 = 0
        var size: Int64 = 0
        for _ in 0..<6 {
            var records = try HeadRecords(file: try disk.open(LedgerFiles.heads, .existing), ledger: Self.ledger)
            #expect(records.newest?.head.size ?? 0 >= stable)
            try records.file.sync()
            stable = records.newest?.head.size ?? 0
            for _ in 0..<random.below(5) {
                size += 1
                let head = try Self.head(size)
                if random.chance(300) {
                    try records.sync(head)
                    stable = size
                } else {
                    try records.write(head)
                }
                #expect(records.newest == head)
            }
            disk = disk.crash(.power)
        }
    }
}
