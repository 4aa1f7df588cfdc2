import Basics
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// What the ledger does while a group is on its way to the disk: takes more, and promises nothing of it.
@Suite struct GroupInFlightTests {
    private let disk = HeldDisk()

    init() throws { try Crypto.prepare() }

    private func open() throws -> SegmentLedger {
        var options = SegmentLedger.Options()
        options.committing = .aside
        return try SegmentLedger.open(
            on: disk,
            options: options,
            clock: TestClock(),
            randomness: SeededRandomness(seed: 1)
        )
    }

    /// Ten events, so that the writer is woken for each batch.
    private static func batch(_ agent: String, room: String? = nil) throws -> [Submission] {
        try (0..<10).map { try SegmentLedgerTests.event(agent, $0 + 1, room: room) }
    }

    private typealias Outcome = Result<AppendReceipt, AppendError>

    /// Appends without waiting for the answer.
    private static func send(_ batch: [Submission], to ledger: SegmentLedger) -> Task<Outcome, Never> {
        let answer = BlockingQueue<Outcome>()
        ledger.append(batch) { answer.append($0) }
        return Task { await Self.take(answer) }
    }

    private static func take(_ answer: BlockingQueue<Outcome>) async -> Outcome {
        await withCheckedContinuation { continuation in
            Thread.start(name: "test-answer") {
                if let outcome = answer.take() { continuation.resume(returning: outcome) }
            }
        }
    }

    /// Returns when the writer has taken what was sent before, `held` by the disk.
    private static func writerHasTaken(_ ledger: SegmentLedger, beside held: String) async throws {
        // Refused at once, since it says something else under numbers that are on their way.
        let refused = await send(try batch(held, room: "other"), to: ledger).value
        guard case .failure(.refused(let refusals)) = refused else {
            Issue.record("\(refused) for a number that is on its way")
            return
        }
        #expect(refusals.map(\.reason).first == .numberReused(at: Position(0)))
    }

    @Test func acknowledgesNothingBeforeItsOwnSync() async throws {
        let ledger = try open()
        disk.hold()
        let first = Self.send(try Self.batch("a"), to: ledger)
        disk.waitUntilHeld()
        let second = Self.send(try Self.batch("b"), to: ledger)
        let again = Self.send(try Self.batch("a"), to: ledger)
        try await Self.writerHasTaken(ledger, beside: "a")
        // Nothing of either can be read, and only the first group was written.
        #expect(ledger.extent.size == 0)
        #expect(try await ledger.read(LedgerQuery()).events.isEmpty)
        #expect(disk.groups == ["write", "sync"])
        disk.release()
        #expect(try await first.value.get().positions.map(\.index) == Array(0..<10))
        #expect(try await second.value.get().positions.map(\.index) == Array(10..<20))
        let resent = try await again.value.get()
        #expect(resent.positions.map(\.index) == Array(0..<10) && resent.duplicates == Array(0..<10))
        #expect(disk.groups == ["write", "sync", "synced", "write", "sync", "synced"])
        try await ledger.close()
        let reopened = try open()
        #expect(reopened.extent.size == 20)
        try await reopened.close()
    }

    @Test func writesNothingAfterASyncThatFailed() async throws {
        let ledger = try open()
        disk.hold()
        let first = Self.send(try Self.batch("a"), to: ledger)
        disk.waitUntilHeld()
        let second = Self.send(try Self.batch("b"), to: ledger)
        try await Self.writerHasTaken(ledger, beside: "a")
        disk.failWhatIsHeld()
        guard case .failure(.store(_, uncertain: true)) = await first.value else {
            Issue.record("a group whose sync failed was answered otherwise")
            return
        }
        guard case .failure(.store(_, uncertain: false)) = await second.value else {
            Issue.record("a group that was never written was answered otherwise")
            return
        }
        #expect(disk.groups == ["write", "sync", "failed"])
        guard case .failure(.store) = await Self.send(try Self.batch("c"), to: ledger).value else {
            Issue.record("something was taken after a sync that failed")
            return
        }
        #expect(ledger.extent.size == 0)
        try? await ledger.close()
        disk.recover()
        let reopened = try open()
        // The first group was written whole; the second never was.
        #expect(reopened.extent.size == 10)
        try await reopened.close()
    }

    @Test func forgetsAndStopsAfterWhatIsOnItsWay() async throws {
        let ledger = try open()
        disk.hold()
        let first = Self.send(try Self.batch("a"), to: ledger)
        disk.waitUntilHeld()
        let second = Self.send(try Self.batch("a2"), to: ledger)
        try await Self.writerHasTaken(ledger, beside: "a")
        async let forgetting = ledger.forget(try SubjectID("a"), by: .open)
        disk.release()
        #expect(try await first.value.get().positions.map(\.index) == Array(0..<10))
        #expect(try await second.value.get().positions.map(\.index) == Array(10..<20))
        let forgotten = try await forgetting
        #expect(forgotten.position == Position(20) && forgotten.events == 10)
        disk.hold()
        let last = Self.send(try Self.batch("z"), to: ledger)
        disk.waitUntilHeld()
        async let closed: Void = ledger.close()
        disk.release()
        try await closed
        #expect(try await last.value.get().positions.map(\.index) == Array(21..<31))
    }
}

/// A disk that holds the syncs of segments back until it is told what becomes of them.
private final class HeldDisk: Disk {
    private let disk = FaultyDisk(seed: 1)
    let holding = Lock(Holding())
    private let held = Gate()
    private let freed = Gate()

    struct Holding {
        var isHeld = false
        var fails = false
        var groups: [String] = []
    }

    /// What was done to the first segment since the last `hold`.
    var groups: [String] { holding.withLock { $0.groups } }

    func hold() { holding.withLock { $0 = Holding(isHeld: true) } }
    func waitUntilHeld() { held.wait() }

    func release() {
        holding.withLock { $0.isHeld = false }
        freed.signal()
    }

    func failWhatIsHeld() {
        holding.withLock { ($0.isHeld, $0.fails) = (false, true) }
        freed.signal()
    }

    func recover() { holding.withLock { $0 = Holding() } }

    func note(_ text: String) { holding.withLock { $0.groups.append(text) } }

    func sync(_ file: any DiskFile) throws(DiskError) {
        note("sync")
        while holding.withLock({ $0.isHeld }) {
            held.signal()
            freed.wait()
        }
        if holding.withLock({ $0.fails }) {
            note("failed")
            throw DiskError(.damaged, operation: "sync", name: "held")
        }
        try file.sync()
        note("synced")
    }

    func names() throws(DiskError) -> [String] { try disk.names() }
    func rename(_ name: String, to newName: String) throws(DiskError) { try disk.rename(name, to: newName) }
    func remove(_ name: String) throws(DiskError) { try disk.remove(name) }
    func syncFolder() throws(DiskError) { try disk.syncFolder() }

    func open(_ name: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let file = try disk.open(name, mode)
        return name.hasPrefix("segment-") ? HeldFile(file, on: self) : file
    }
}

private final class HeldFile: DiskFile {
    private let file: any DiskFile
    private let disk: HeldDisk

    init(_ file: any DiskFile, on disk: HeldDisk) {
        self.file = file
        self.disk = disk
    }

    func size() throws(DiskError) -> Int64 { try file.size() }

    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) throws(DiskError) -> Int {
        try file.read(into: &buffer, count: count, at: offset)
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(DiskError) {
        // Zeros ahead are no group.
        if bytes.contains(where: { $0 != 0 }) { disk.note("write") }
        try file.write(bytes, at: offset)
    }

    func truncate(to size: Int64) throws(DiskError) { try file.truncate(to: size) }
    func sync() throws(DiskError) { try disk.sync(file) }
}
