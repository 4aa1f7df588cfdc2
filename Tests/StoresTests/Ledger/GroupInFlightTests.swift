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

    private func open(
        _ committing: SegmentLedger.Committing = .aside,
        growth: Int64 = SegmentLedger.Options().growthBytes,
        segment: Int64 = SegmentLedger.Options().segmentBytes
    ) throws -> SegmentLedger {
        var options = SegmentLedger.Options()
        options.committing = committing
        options.growthBytes = growth
        options.segmentBytes = segment
        return try SegmentLedger.open(
            on: disk,
            options: options,
            clock: TestClock(),
            randomness: SeededRandomness(seed: 1)
        )
    }

    /// Ten events, so that the writer is woken for each batch.
    private static func batch(_ agent: String, _ count: Int = 10, room: String? = nil) throws -> [Submission] {
        try (0..<Int64(count)).map { try SegmentLedgerTests.event(agent, $0 + 1, room: room) }
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
        let again = Self.send(try Self.batch("a"), to: ledger)
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
        // A new start may find what these repeat.
        for resent in [again, Self.send(try Self.batch("a", 3), to: ledger)] {
            guard case .failure(.store(_, uncertain: true)) = await resent.value else {
                Issue.record("a resend of a group whose sync failed was answered otherwise")
                return
            }
        }
        guard case .failure(.store(_, uncertain: false)) = await Self.send(try Self.batch("c"), to: ledger).value else {
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

    /// Whoever closed a ledger may open it again: nothing of the first writer may follow.
    @Test func closesAfterWhatCameMeanwhile() async throws {
        let ledger = try open()
        disk.hold()
        let first = Self.send(try Self.batch("a"), to: ledger)
        disk.waitUntilHeld()
        let order = BlockingQueue<String>()
        let closing = Task {
            try await ledger.close()
            order.append("closed")
        }
        await Self.pause()
        let late = BlockingQueue<Outcome>()
        ledger.append(try Self.batch("late", 2000)) { outcome in
            order.append("late")
            late.append(outcome)
        }
        disk.release()
        try await closing.value
        _ = try await first.value.get()
        let isThere = if case .success = await Self.take(late) { true } else { false }
        #expect(order.takeAll() == ["late", "closed"])
        let reopened = try open()
        #expect(reopened.extent.size == (isThere ? 2010 : 10))
        try await reopened.close()
    }

    /// What is on its way fills a segment, too.
    @Test func beginsASegmentBehindAGroupOnItsWay() async throws {
        let ledger = try open(growth: 32 << 10, segment: 16 << 10)
        disk.hold()
        let first = Self.send(try Self.batch("a", 100), to: ledger)
        disk.waitUntilHeld()
        let second = Self.send(try Self.batch("b"), to: ledger)
        await Self.pause()
        disk.release()
        _ = try await first.value.get()
        #expect(try await second.value.get().positions.map(\.index) == Array(100..<110))
        #expect(ledger.extent.segments == 2)
        try await ledger.close()
    }

    /// The next segment's name may be there after a crash: an event behind it would not be found.
    @Test func takesNothingAfterASegmentWhoseNameIsInDoubt() async throws {
        let ledger = try open(segment: 64 << 10)
        _ = try await Self.send(try Self.batch("a", 50), to: ledger).value.get()
        disk.fillFolder()
        let large = await Self.send(try Self.batch("b", 300), to: ledger).value
        disk.recover()
        let small = await Self.send(try Self.batch("c"), to: ledger).value
        for outcome in [large, small] {
            guard case .failure(.store(_, uncertain: false)) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        try? await ledger.close()
        let reopened = try open(segment: 64 << 10)
        #expect(reopened.extent.size == 50)
        try await reopened.close()
    }

    /// Lets the writer reach what holds it; where it takes longer, less is tested.
    private static func pause() async { for _ in 0..<10_000 { await Task.yield() } }

    /// The thread still writes zeros behind a group that has landed, and has the next one already.
    @Test func forgetsAfterAGroupThatWaitsForZeros() async throws {
        let ledger = try open(growth: 32 << 10)
        disk.hold(.zeros)
        let first = Self.send(try Self.batch("a", 100), to: ledger)
        disk.waitUntilHeld()
        #expect(try await first.value.get().positions.count == 100)
        let second = Self.send(try Self.batch("b"), to: ledger)
        try await Self.writerHasTaken(ledger, beside: "a")
        async let forgetting = ledger.forget(try SubjectID("a"), by: .open)
        disk.release()
        #expect(try await second.value.get().positions.map(\.index) == Array(100..<110))
        #expect(try await forgetting.position == Position(110))
        try await ledger.close()
    }

    /// A small group is the writer's own affair, but never while zeros are on their way to the same file.
    @Test func zerosNeverMeetAGroup() async throws {
        let ledger = try open(.adaptive, growth: 32 << 10)
        disk.hold(.syncs)
        let first = Self.send(try Self.batch("a", 100), to: ledger)
        disk.waitUntilHeld()
        // Two batches wait for the first, whose zeros pass: together they go to the thread, whose zeros do not.
        let others = [Self.send(try Self.batch("b"), to: ledger), Self.send(try Self.batch("c"), to: ledger)]
        disk.hold(.zeros, after: 1)
        disk.waitUntilHeld()
        _ = try await first.value.get()
        for other in others { _ = try await other.value.get() }
        let written = disk.groups.count
        let last = Self.send(try Self.batch("d"), to: ledger)
        try await Self.writerHasTaken(ledger, beside: "a")
        #expect(ledger.extent.size == 120 && disk.groups.count == written)
        disk.release()
        #expect(try await last.value.get().positions.map(\.index) == Array(120..<130))
        try await ledger.close()
    }
}

/// A disk that holds the syncs of segments back, or the zeros ahead, until it is told what becomes of them.
private final class HeldDisk: Disk {
    private let disk = FaultyDisk(seed: 1)
    let holding = Lock(Holding())
    private let held = Gate()
    private let freed = Gate()

    enum Kind { case syncs, zeros }

    struct Holding {
        var held: Kind?
        /// So many pass before.
        var passing = 0
        var fails = false
        var isFolderFull = false
        var groups: [String] = []
    }

    /// What was done to the first segment since the last `hold`.
    var groups: [String] { holding.withLock { $0.groups } }

    func hold(_ kind: Kind = .syncs, after passing: Int = 0) {
        holding.withLock { $0 = Holding(held: kind, passing: passing) }
        freed.signal()
    }

    func waitUntilHeld() { held.wait() }

    func release() {
        holding.withLock { $0.held = nil }
        freed.signal()
    }

    func failWhatIsHeld() {
        holding.withLock { ($0.held, $0.fails) = (nil, true) }
        freed.signal()
    }

    func fillFolder() { holding.withLock { $0.isFolderFull = true } }

    func recover() { holding.withLock { $0 = Holding() } }

    func note(_ text: String) { holding.withLock { $0.groups.append(text) } }

    /// Waits while such a thing is held.
    func pass(_ kind: Kind) {
        let passes = holding.withLock { holding in
            guard holding.held == kind, holding.passing > 0 else { return false }
            holding.passing -= 1
            return true
        }
        if passes { return }
        while holding.withLock({ $0.held == kind }) {
            held.signal()
            freed.wait()
        }
    }

    func sync(_ file: any DiskFile) throws(DiskError) {
        note("sync")
        pass(.syncs)
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

    func syncFolder() throws(DiskError) {
        try disk.syncFolder()
        if holding.withLock({ $0.isFolderFull }) { throw DiskError(.full, operation: "sync", name: ".") }
    }

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
        if bytes.contains(where: { $0 != 0 }) { disk.note("write") } else { disk.pass(.zeros) }
        try file.write(bytes, at: offset)
    }

    func extend(from end: Int64, to size: Int64) throws(DiskError) { try file.extend(from: end, to: size) }
    func truncate(to size: Int64) throws(DiskError) { try file.truncate(to: size) }
    func sync() throws(DiskError) { try disk.sync(file) }
}
