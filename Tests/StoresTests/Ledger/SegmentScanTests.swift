import Basics
import FilesDriver
import Foundation
import Integrity
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// The header scan, and proofs from segments large enough for every level that is stored.
@Suite struct SegmentScanTests {
    /// A ledger in a folder of its own, with `count` events in batches of 500.
    private func ledger(of count: Int, segmentBytes: Int64) async throws -> (SegmentLedger, String) {
        let path = try SegmentLedgerTests.folder()
        let ledger = try SegmentLedgerTests.open(path, segmentBytes: segmentBytes)
        for start in stride(from: 0, to: count, by: 500) {
            _ = try await ledger.append(
                try (start..<min(start + 500, count)).map {
                    try SegmentLedgerTests.event("agent-\($0 % 5)", Int64($0 + 1), room: "r\($0 % 3)")
                }
            )
        }
        return (ledger, path)
    }

    @Test func scanShowsWhatReadingShows() async throws {
        let (ledger, path) = try await ledger(of: 3000, segmentBytes: 64 << 10)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(ledger.extent.segments > 3)
        var query = LedgerQuery()
        query.limit = 10_000
        let events = try await ledger.read(query).events
        #expect(events.count == 3000)
        for range in [0..<3000, 0..<1, 2999..<3000, 700..<2345, -5..<9000] {
            var seen: [[UInt8]] = []
            try ledger.scanHeaders(from: Int64(range.lowerBound), to: Int64(range.upperBound)) { canonical, fields in
                #expect(fields.position.index == Int64(max(0, range.lowerBound) + seen.count))
                seen.append(canonical.copy)
                return .next
            }
            #expect(seen == events[range.clamped(to: 0..<3000)].map(\.canonical))
        }
        try await ledger.close()
    }

    @Test func scanStopsWhenToldTo() async throws {
        let (ledger, path) = try await ledger(of: 1500, segmentBytes: 64 << 10)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var seen = 0
        try ledger.scanHeaders(from: 10, to: 1500) { _, _ in
            seen += 1
            return seen == 800 ? .stop : .next
        }
        #expect(seen == 800)
        try await ledger.close()
    }

    @Test func scanRefusesDamage() async throws {
        let (ledger, path) = try await ledger(of: 1000, segmentBytes: 64 << 20)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix("seg") })
        let file = try FileHandle(forUpdating: URL(filePath: "\(path)/\(name)"))
        try file.seek(toOffset: 40_000)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 40_000)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
        var seen = 0
        #expect(throws: StoreError.self) {
            try ledger.scanHeaders(from: 0, to: 1000) { _, _ in
                seen += 1
                return .next
            }
        }
        #expect(seen > 0 && seen < 1000)
        try await ledger.close()
    }

    @Test func everyLevelOfALargeSegmentProves() async throws {
        let (ledger, path) = try await ledger(of: 12_000, segmentBytes: 2 << 20)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await ledger.close()
        let again = try SegmentLedgerTests.open(path, segmentBytes: 2 << 20)
        #expect(again.extent.segments > 1)
        let hashing = Hashing()
        var random = SeededRandom(seed: 7)
        for size in [12_000, 8192, 8191, 4097] as [Int64] {
            let root = try await again.root(at: size)
            for _ in 0..<40 {
                let position = Position(Int64(random.next() % UInt64(size)))
                let proof = try await again.inclusion(of: position, in: size)
                #expect(proof.root == root)
                #expect(
                    MerkleProof.verifyInclusion(
                        leaf: proof.leaf,
                        position: position.index,
                        size: size,
                        path: proof.path,
                        root: root,
                        with: hashing
                    )
                )
            }
        }
        try await again.close()
    }

    private struct Hashing: TreeHashing {
        let hasher = SHA256Hasher()
        func leaf(_ canonical: RawSpan) -> ContentHash { hasher.hash(0, canonical) }
        func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash { hasher.hash(1, left, right) }
        var emptyRoot: ContentHash { SHA256.hash([]) }
    }
}
