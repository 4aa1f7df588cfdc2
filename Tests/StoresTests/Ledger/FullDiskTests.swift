import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// A real file system that fills up: refused before anything is written, and taken up again when there is room.
@Suite(.enabled(if: getuid() == 0, "mounting a file system takes root"))
struct FullDiskTests {
    private static func run(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(words)")
    }

    @Test func refusesWhenTheDiskIsFullAndGoesOnWhenItIsNot() async throws {
        let folder = try TemporaryFolder()
        try Self.run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder.path)
        defer { try? Self.run("umount", "-l", folder.path) }
        let ledger = try SegmentLedgerTests.open(folder.path, segmentBytes: 512 << 10)
        var acknowledged: Int64 = 0
        var refusal: AppendError?
        while refusal == nil {
            let batch = try (0..<200).map { try SegmentLedgerTests.event("a", acknowledged + Int64($0) + 1) }
            do throws(AppendError) {
                _ = try await ledger.append(batch)
                acknowledged += 200
            } catch { refusal = error }
        }
        guard case .store(let error, let uncertain)? = refusal else {
            Issue.record("a full disk is the store's fault, not the batch's")
            return
        }
        #expect(error.kind == .exhausted && !uncertain)
        #expect(acknowledged > 1000 && ledger.extent.size == acknowledged)
        #expect(try await ledger.read(LedgerQuery()).events.count == 100)
        try Self.run("mount", "-o", "remount,size=32m", folder.path)
        let next = try await ledger.append([try SegmentLedgerTests.event("a", acknowledged + 1)])
        #expect(next.positions.map(\.index) == [acknowledged])
        try await ledger.close()
        let again = try SegmentLedgerTests.open(folder.path)
        #expect(again.extent.size == acknowledged + 1)
        try await again.close()
        let verifier = LedgerVerifier(
            disk: try PosixDisk(path: folder.path),
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
        #expect(verifier.verify().errors == [])
    }
}
