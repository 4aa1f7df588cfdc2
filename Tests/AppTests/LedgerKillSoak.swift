import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// A real process with a real disk, killed under load: nothing that it acknowledged is lost, or there twice.
///
/// `PRIMA_SOAK_KILLS` says how often; `PRIMA_SOAK_SEED` where the chances begin.
@Suite struct LedgerKillSoak {
    private static let kills = Int(ProcessInfo.processInfo.environment["PRIMA_SOAK_KILLS"] ?? "") ?? 10
    private static let seed = UInt64(ProcessInfo.processInfo.environment["PRIMA_SOAK_SEED"] ?? "") ?? 1
    private static let writers = 4

    /// What one writer was told.
    private struct Acknowledged {
        var next: Int64 = 1
        /// The position of each number; numbers are acknowledged in order, without a gap.
        var positions: [Int64] = []
    }

    @Test func keepsWhatItAcknowledged() async throws {
        let folder = try TemporaryFolder()
        var random = SeededRandom(seed: Self.seed)
        var writers = [Acknowledged](repeating: Acknowledged(), count: Self.writers)
        var heads: [Int64: String] = [:]
        for _ in 0..<Self.kills {
            try Self.run(folder.path, until: Int.random(in: 1...200, using: &random), &writers, &heads)
        }
        try await Self.check(folder.path, writers, heads)
        let verified = try await ProgramRun.prima(["verify", "--json", "--data", folder.path])
        #expect(verified.code == 0, "\(verified.text) \(verified.error)")
        let rebuilt = try await ProgramRun.prima(["rebuild", "agents", "--check", "--data", folder.path])
        #expect(rebuilt.code == 0, "\(rebuilt.text) \(rebuilt.error)")
    }

    /// Runs the process until it has acknowledged so many batches, then kills it; all that it printed counts.
    private static func run(
        _ path: String,
        until batches: Int,
        _ writers: inout [Acknowledged],
        _ heads: inout [Int64: String]
    ) throws {
        let process = Process()
        process.executableURL = ProgramRun.program.deletingLastPathComponent().appending(path: "LoadedLedger")
        process.arguments = [path] + writers.map { String($0.next) }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var pending = Data()
        var count = 0
        while true {
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { break }
            pending.append(chunk)
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending = Data(pending[pending.index(after: end)...])
                if line.hasPrefix("READY") { continue }
                try take(line, &writers, &heads)
                count += 1
                if count == batches { kill(process.processIdentifier, SIGKILL) }
            }
        }
        process.waitUntilExit()
        #expect(count >= batches && process.terminationReason == .uncaughtSignal, "it ended by itself")
    }

    private static func take(_ line: String, _ writers: inout [Acknowledged], _ heads: inout [Int64: String]) throws {
        let words = line.split(separator: " ")
        let writer = try #require(words.count == 5 ? Int(words[0]) : nil, "\(line)")
        let first = try #require(Int64(words[1]))
        let positions = words[2].split(separator: ",").compactMap { Int64($0) }
        let size = try #require(Int64(words[3]))
        #expect(first == writers[writer].next)
        writers[writer].positions += positions
        writers[writer].next = first + Int64(positions.count)
        #expect(positions.allSatisfy { $0 < size })
        #expect(heads[size] == nil || heads[size] == String(words[4]), "two roots for \(size) events")
        heads[size] = String(words[4])
    }

    /// Every acknowledged number stands at its position, no number stands twice, and every acknowledged root is one
    /// of this tree.
    private static func check(_ path: String, _ writers: [Acknowledged], _ heads: [Int64: String]) async throws {
        let ledger = try SegmentLedger.open(
            on: PosixDisk(path: path),
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
        var found: [String: [Int64: Int64]] = [:]
        var query = LedgerQuery()
        query.limit = 10_000
        while true {
            let page = try await ledger.read(query)
            for event in page.events {
                let number = try #require(event.head.number).value
                let before = found[event.head.agent.text, default: [:]].updateValue(
                    event.position.index,
                    forKey: number
                )
                #expect(before == nil, "\(event.head.agent) \(number) stands twice")
            }
            guard let next = page.next else { break }
            query.after = next
        }
        for (writer, acknowledged) in writers.enumerated() {
            for (index, position) in acknowledged.positions.enumerated() {
                #expect(found["w-\(writer)"]?[Int64(index) + 1] == position)
            }
        }
        for (size, root) in heads {
            #expect(Hex.text(try await ledger.root(at: size).bytes) == root, "the root of \(size) events")
        }
        try await ledger.close()
    }
}
