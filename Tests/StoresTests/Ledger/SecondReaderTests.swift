import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// What this ledger writes, a reader that was written from the format's page alone reads alike.
@Suite struct SecondReaderTests {
    private static let masterKey = [UInt8](repeating: 0x5A, count: 32)

    private static func open(_ path: String, masterKey: [UInt8]? = nil) throws -> SegmentLedger {
        var options = SegmentLedger.Options()
        options.segmentBytes = 40 << 10
        options.growthBytes = 8 << 10
        return try SegmentLedger.open(
            on: PosixDisk(path: path),
            options: options,
            clock: SystemClock(),
            randomness: SystemRandomness(),
            masterKey: masterKey
        )
    }

    private static func lines(of ledger: SegmentLedger) async throws -> [DumpLine] {
        var lines: [DumpLine] = []
        while true {
            let page = try await ledger.lines(from: Int64(lines.count), limit: 100)
            if page.isEmpty { return lines }
            lines += page
        }
    }

    /// Both readers on one folder that nobody writes to.
    @discardableResult static func compare(
        _ path: String,
        masterKey: [UInt8]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SecondReader.Answer {
        let ledger = try SegmentLedger.openForReading(
            on: PosixDisk(path: path),
            clock: SystemClock(),
            randomness: SystemRandomness(),
            masterKey: masterKey
        )
        let extent = ledger.extent
        var questions = SecondReader.Questions()
        questions.dumps = true
        let sizes = [1, extent.size / 3, extent.size - 1, extent.size].filter { $0 > 0 }
        for size in sizes {
            for position in [0, size / 7, size / 2, size - 1] { questions.inclusions.append((position, size)) }
            for other in [0] + sizes where other <= size { questions.consistencies.append((other, size)) }
        }
        var keyFile: String?
        if let masterKey {
            keyFile = path + ".key"
            try Data(masterKey).write(to: URL(filePath: path + ".key"))
        }
        defer { if let keyFile { try? FileManager.default.removeItem(atPath: keyFile) } }
        let answer = try SecondReader.read(path, masterKey: keyFile, questions)
        let verdict = answer.verdict
        #expect(verdict.errors == [], sourceLocation: sourceLocation)
        #expect(verdict.size == extent.size, sourceLocation: sourceLocation)
        #expect(verdict.first == extent.first, sourceLocation: sourceLocation)
        #expect(verdict.segments == extent.segments, sourceLocation: sourceLocation)
        #expect(verdict.tail?.size == ledger.tail?.position, sourceLocation: sourceLocation)
        #expect(verdict.tail?.bytes == ledger.tail?.bytes, sourceLocation: sourceLocation)
        let root = try await ledger.root(at: extent.size)
        #expect(verdict.root == Hex.text(root.bytes), sourceLocation: sourceLocation)
        let expected = try await lines(of: ledger)
        #expect(answer.lines.count == expected.count, sourceLocation: sourceLocation)
        for (one, other) in zip(answer.lines, expected) {
            try #require(one == other, sourceLocation: sourceLocation)
        }
        try await compareProofs(answer, questions, ledger, sourceLocation)
        let verifier = LedgerVerifier(
            disk: try PosixDisk(path: path),
            clock: SystemClock(),
            randomness: SystemRandomness(),
            masterKey: masterKey
        )
        #expect(verifier.verify().errors == [], sourceLocation: sourceLocation)
        return answer
    }

    private static func compareProofs(
        _ answer: SecondReader.Answer,
        _ questions: SecondReader.Questions,
        _ ledger: SegmentLedger,
        _ sourceLocation: SourceLocation
    ) async throws {
        #expect(answer.inclusions.count == questions.inclusions.count, sourceLocation: sourceLocation)
        for (asked, answered) in zip(questions.inclusions, answer.inclusions) {
            let proof = try await ledger.inclusion(of: Position(asked.position), in: asked.size)
            let expected = SecondReader.Inclusion(
                position: asked.position,
                size: asked.size,
                leaf: Hex.text(proof.leaf.bytes),
                path: proof.path.map { Hex.text($0.bytes) },
                root: Hex.text(proof.root.bytes)
            )
            #expect(answered == expected, sourceLocation: sourceLocation)
        }
        #expect(answer.consistencies.count == questions.consistencies.count, sourceLocation: sourceLocation)
        for (asked, answered) in zip(questions.consistencies, answer.consistencies) {
            let proof = try await ledger.consistency(from: asked.from, to: asked.to)
            let expected = SecondReader.Consistency(
                from: asked.from,
                to: asked.to,
                path: proof.path.map { Hex.text($0.bytes) },
                fromRoot: Hex.text(proof.fromRoot.bytes),
                toRoot: Hex.text(proof.toRoot.bytes)
            )
            #expect(answered == expected, sourceLocation: sourceLocation)
        }
    }

    /// Batches and forgets, in one opening.
    private static func fill(_ ledger: SegmentLedger, _ history: inout LedgerHistory, batches: Int) async throws {
        for _ in 0..<batches {
            let count = 1 + history.random.below(history.random.chance(200) ? 40 : 8)
            _ = try await ledger.append(history.batch(count, size: ledger.extent.size))
            if history.random.chance(150) { _ = try await ledger.forget(history.subject(), by: .token) }
        }
    }

    @Test func readsAWholeLifeAlike() async throws {
        let folder = try TemporaryFolder()
        var history = LedgerHistory(seed: 1)
        try await Self.open(folder.path).close()
        try await Self.compareEmpty(folder.path)
        for life in 0..<3 {
            let ledger = try Self.open(folder.path)
            try await Self.fill(ledger, &history, batches: 16)
            if life == 1 { _ = try await ledger.append([history.largest()]) }
            try await ledger.close()
        }
        let whole = try await Self.compare(folder.path)
        #expect(whole.verdict.segments > 4)
        let ledger = try Self.open(folder.path)
        let first = try await ledger.retain(from: Position(ledger.extent.size / 2))
        #expect(first.index > 0)
        try await Self.fill(ledger, &history, batches: 4)
        try await ledger.close()
        let kept = try await Self.compare(folder.path)
        #expect(kept.verdict.first == first.index)
        try await Self.load(kept.lines)
    }

    private static func compareEmpty(_ path: String) async throws {
        let verdict = try SecondReader.read(path).verdict
        #expect(verdict.ok && verdict.size == 0 && verdict.tail == nil)
    }

    /// What the second reader dumps is loaded into a new folder; both read that alike.
    private static func load(_ lines: [DumpLine]) async throws {
        let folder = try TemporaryFolder()
        let restore = LedgerRestore(
            disk: try PosixDisk(path: folder.path),
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
        for line in lines { try restore.add(line) }
        let head = try restore.finish()
        let loaded = try await compare(folder.path)
        #expect(loaded.verdict.root == Hex.text(head.root.bytes))
        let isSame = loaded.lines == lines
        #expect(isSame)
    }

    @Test func readsWrappedKeysAlike() async throws {
        let folder = try TemporaryFolder()
        var history = LedgerHistory(seed: 3)
        for life in 0..<3 {
            // The first life knows no master key: the second wraps what it left.
            let ledger = try Self.open(folder.path, masterKey: life == 0 ? nil : Self.masterKey)
            try await Self.fill(ledger, &history, batches: 5)
            try await ledger.close()
        }
        try await Self.compare(folder.path, masterKey: Self.masterKey)
        let locked = try SecondReader.read(folder.path).verdict
        #expect(locked.errors == ["keyring: its keys are wrapped; give the master key"])
    }

    @Test func seesTheSameTail() async throws {
        let folder = try TemporaryFolder()
        let copy = try TemporaryFolder()
        var history = LedgerHistory(seed: 4)
        let ledger = try Self.open(folder.path)
        try await Self.fill(ledger, &history, batches: 12)
        let size = ledger.extent.size
        let heads = try Data(contentsOf: URL(filePath: folder.path + "/heads"))
        var last = Submission(Event(agent: try AgentID("a-1"), type: try EventType("LAST")), by: .open)
        _ = try await ledger.append([last])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.copyItem(atPath: folder.path + "/" + name, toPath: copy.path + "/" + name)
        }
        try heads.write(to: URL(filePath: copy.path + "/heads"))
        let names = try FileManager.default.contentsOfDirectory(atPath: copy.path).filter { $0.hasPrefix("segment-") }
        let open = URL(filePath: copy.path + "/" + (try #require(names.max())))
        var bytes = try Data(contentsOf: open)
        let end = try #require(bytes.lastIndex { $0 != 0 })
        bytes.replaceSubrange(end - 20...end, with: Data(count: 21))
        try bytes.write(to: open)
        try await ledger.close()

        let torn = try await Self.compare(copy.path)
        #expect(torn.verdict.size == size)
        #expect(torn.verdict.tail != nil)
        let mended = try Self.open(copy.path)
        #expect(mended.tail?.position == size)
        last = Submission(Event(agent: try AgentID("a-2"), type: try EventType("AFTER")), by: .open)
        let receipt = try await mended.append([last])
        #expect(receipt.positions.map(\.index) == [size])
        try await mended.close()
        let whole = try await Self.compare(copy.path)
        #expect(whole.verdict.tail == nil && whole.verdict.size == size + 1)
        try await Self.compare(folder.path)
    }
}
