import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import Testing

/// The verifier finds what is wrong, and a dump loads into the same root.
@Suite struct SegmentVerificationTests {
    private static func verify(_ path: String) throws -> LedgerVerification {
        try LedgerVerifier(disk: PosixDisk(path: path), clock: SystemClock(), randomness: SystemRandomness()).verify()
    }

    /// A ledger with forgets, later events of the forgotten, and kept segments; answers its root.
    private static func fill(_ path: String) async throws -> ContentHash {
        var ledger = try SegmentLedgerTests.open(path)
        for batch in 0..<20 {
            let events = try (0..<50).map { index in
                try SegmentLedgerTests.event("a-\(index % 7)", Int64(batch * 50 + index + 1), room: "r")
            }
            _ = try await ledger.append(events)
            if batch % 8 == 3 { _ = try await ledger.forget(SubjectID("a-\(batch % 7)"), by: .token) }
        }
        try await ledger.close()
        ledger = try SegmentLedgerTests.open(path)
        _ = try await ledger.retain(from: Position(400))
        #expect(ledger.extent.first > 0)
        let root = try await ledger.root(at: ledger.extent.size)
        try await ledger.close()
        return root
    }

    private static func lines(of ledger: SegmentLedger) async throws -> [DumpLine] {
        var lines: [DumpLine] = []
        while true {
            let page = try await ledger.lines(from: Int64(lines.count), limit: 100)
            if page.isEmpty { return lines }
            lines += page
        }
    }

    @Test func findsNothingInASoundLedger() async throws {
        let path = try SegmentLedgerTests.folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let root = try await Self.fill(path)
        let found = try Self.verify(path)
        #expect(found.errors == [])
        #expect(found.root == root)
        #expect(found.first > 0 && found.segments > 3 && found.tail == nil)
    }

    @Test func findsEveryDamagedByteOfFrames() async throws {
        let path = try SegmentLedgerTests.folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try await Self.fill(path)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("segment-") }
            .sorted()
        for name in names.prefix(3) {
            let file = path + "/" + name
            let sound = try Data(contentsOf: URL(filePath: file))
            // A trailer that is not valid makes an open segment of it, which is sealed again and loses nothing.
            for offset in stride(from: 4096, to: sound.count - 512, by: sound.count / 23) {
                var spoilt = sound
                spoilt[offset] ^= 0x10
                try spoilt.write(to: URL(filePath: file))
                #expect(try !Self.verify(path).isSound, "byte \(offset) of \(name)")
            }
            try sound.write(to: URL(filePath: file))
        }
        #expect(try Self.verify(path).isSound)
    }

    @Test func aDumpLoadsIntoTheSameRoot() async throws {
        let path = try SegmentLedgerTests.folder()
        let copy = try SegmentLedgerTests.folder()
        defer {
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: copy)
        }
        let root = try await Self.fill(path)
        let ledger = try SegmentLedgerTests.open(path)
        let lines = try await Self.lines(of: ledger)
        #expect(lines.count == Int(ledger.extent.size))
        try await ledger.close()
        let restore = LedgerRestore(
            disk: try PosixDisk(path: copy),
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
        for line in lines { try restore.add(line) }
        #expect(try restore.finish().root == root)
        let found = try Self.verify(copy)
        #expect(found.errors == [])
        #expect(found.root == root)
        let loaded = try SegmentLedgerTests.open(copy)
        #expect(try await Self.lines(of: loaded) == lines)
        let resend = try await loaded.append([try SegmentLedgerTests.event("a-0", 1, room: "r")])
        #expect(resend.positions.map(\.index) == [0])
        try await loaded.close()
    }
}
