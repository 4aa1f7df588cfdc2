import Basics
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// What is read from memory is what stands on the disk.
@Suite struct RecentEventsTests {
    private static func event(_ random: inout SeededRandom, _ number: Int) throws -> Submission {
        var event = Event(
            agent: try AgentID("a-\(random.below(5))"),
            type: try EventType(["TOUCH", "BREATH", "memory"][random.below(3)]),
            body: try Body(
                Fields([
                    ("x", .integer(Int64(number))), ("text", .text(String(repeating: "w", count: random.below(90)))),
                ])
            )
        )
        if random.chance(500) { event.subject = try SubjectID("s-\(random.below(4))") }
        if random.chance(500) { event.room = try RoomID("r-\(random.below(3))") }
        if random.chance(300) { event.key = try IdempotencyKey("key-\(number)") }
        if random.chance(300) { event.at = Int64(number) }
        return Submission(event, by: random.chance(500) ? .token : .open)
    }

    private static func query(_ random: inout SeededRandom, _ size: Int64) throws -> LedgerQuery {
        var query = LedgerQuery()
        query.after = Int64(random.below(Int(size) + 2)) - 1
        if random.chance(300) { query.before = Int64(random.below(Int(size) + 2)) }
        if random.chance(200) { query.agents = [try AgentID("a-1"), try AgentID("a-4")] }
        if random.chance(200) { query.subjects = [try SubjectID("s-2"), try SubjectID("a-3")] }
        if random.chance(200) { query.types = [try EventType("TOUCH"), try EventType("prima.forget")] }
        if random.chance(200) { query.rooms = [try RoomID("r-0")] }
        query.limit = 1 + random.below(40)
        if random.chance(100) { query.byteLimit = 1 }
        return query
    }

    /// Forgets, resends and a memory that is sometimes too small for all of it.
    @Test(arguments: 0..<12) func areThoseOfTheDisk(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let disk = FaultyDisk(seed: seed)
        var options = SegmentLedger.Options()
        options.segmentBytes = 16 << 10
        options.growthBytes = 8 << 10
        options.recentBytes = seed % 3 == 0 ? 12_000 : 32 << 20
        let (clock, randomness) = (TestClock(), SystemRandomness())
        let ledger = try SegmentLedger.open(on: disk, options: options, clock: clock, randomness: randomness)
        for number in 0..<60 {
            var batch: [Submission] = []
            for _ in 0...random.below(4) { batch.append(try Self.event(&random, number)) }
            _ = try? await ledger.append(batch)
            if random.chance(100) { _ = try await ledger.forget(try SubjectID("s-\(random.below(4))"), by: .token) }
            guard number % 10 == 9 else { continue }
            let other = try SegmentLedger.openForReading(
                on: disk,
                options: options,
                clock: clock,
                randomness: randomness
            )
            let size = ledger.extent.size
            #expect(other.extent.size == size)
            for _ in 0..<40 {
                let query = try Self.query(&random, size)
                let (mine, theirs) = (try await ledger.read(query), try await other.read(query))
                #expect(mine.events == theirs.events, "\(query)")
                #expect(mine.next == theirs.next, "\(query)")
                // Both say what was looked at; an index looks at less, and nothing lies between.
                var between = query
                between.after = min(mine.examined, theirs.examined)
                between.before = max(mine.examined, theirs.examined) + 1
                #expect(try await other.read(between).events.isEmpty, "\(query)")
            }
        }
        try await ledger.close()
    }

    /// A body that was forgotten is gone from memory before the forget is acknowledged.
    @Test func aForgetEmptiesThem() async throws {
        let disk = FaultyDisk(seed: 1)
        let ledger = try SegmentLedger.open(on: disk, clock: TestClock(), randomness: SystemRandomness())
        var event = Event(
            agent: try AgentID("a"),
            type: try EventType("TOUCH"),
            body: try Body(Fields([("x", .integer(1))]))
        )
        event.subject = try SubjectID("s")
        _ = try await ledger.append([Submission(event, by: .token)])
        #expect(try await ledger.read(LedgerQuery()).events.map { $0.body == nil } == [false])
        _ = try await ledger.forget(try SubjectID("s"), by: .token)
        #expect(try await ledger.read(LedgerQuery()).events.map { $0.content == .forgotten } == [true, false])
        _ = try await ledger.append([Submission(event, by: .token)])
        #expect(try await ledger.read(LedgerQuery()).events.map { $0.content == .forgotten } == [true, false, false])
        try await ledger.close()
    }
}
