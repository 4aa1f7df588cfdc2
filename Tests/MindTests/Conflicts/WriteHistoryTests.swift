import Basics
import Conflicts
import Model
import TestSupport
import Testing

@Suite struct WriteHistoryTests {
    static let seeds = Array(1...40) as [UInt64]

    static func write(
        _ position: Int64,
        _ device: String,
        _ clock: [String: Int64]?,
        after last: Int64 = 0,
        resonance: Double = 0.5,
        at: Int64 = 0,
        hash: UInt8 = 0
    ) throws -> CausalWrite {
        CausalWrite(
            position: Position(position),
            by: try AgentID(device),
            clock: try clock.map { try VectorClock($0.map { (try AgentID($0.key), $0.value) }) },
            after: last,
            standing: Standing(
                resonance: resonance,
                at: at,
                hash: try requireNotNil(ContentHash([UInt8](repeating: hash, count: 32)))
            )
        )
    }

    @Test(arguments: seeds) func anyOrderAndAnyRepetitionGiveOneState(_ seed: UInt64) throws {
        let universe = try WriteUniverse(seed: seed, devices: 2 + Int(seed % 4), writes: 24)
        var random = SeededRandom(seed: seed &* 77)
        var expected: WriteHistory?
        for round in 0..<8 {
            var deliveries = universe.facts.map(\.write)
            deliveries += (0..<12).map { _ in deliveries[random.below(universe.facts.count)] }
            if round > 0 { deliveries.shuffle(using: &random) }
            var history = WriteHistory(capacity: 64)
            for write in deliveries { _ = history.step(write) }
            #expect(history.current == universe.current?.write, "seed \(seed), round \(round)")
            let losses = Dictionary(
                uniqueKeysWithValues: history.losses.map { ($0.loser.index, $0.winner.index) }
            )
            #expect(losses == universe.losses, "seed \(seed), round \(round)")
            #expect(history == expected ?? history, "seed \(seed), round \(round)")
            expected = history
        }
    }

    @Test(arguments: seeds) func everyWriteIsAccountedFor(_ seed: UInt64) throws {
        let universe = try WriteUniverse(seed: seed, devices: 4, writes: 30)
        let current = try #require(universe.current)
        let losses = universe.losses
        var history = WriteHistory(capacity: 64)
        var reported: Set<Int64> = []
        for fact in universe.facts {
            let outcome = history.step(fact.write)
            for loss in outcome.lost { reported.insert(loss.loser.index) }
            for position in outcome.regained { reported.remove(position.index) }
        }
        #expect(reported == Set(losses.keys), "seed \(seed)")
        for fact in universe.facts {
            let position = fact.write.position.index
            let isAccounted =
                position == current.write.position.index || current.past.contains(position) || losses[position] != nil
            #expect(isAccounted, "seed \(seed): \(position)")
        }
    }

    @Test(arguments: seeds) func whatIsLetGoStaysAccountedFor(_ seed: UInt64) throws {
        let universe = try WriteUniverse(seed: seed, devices: 5, writes: 60)
        var history = WriteHistory(capacity: 4)
        var reported: Set<Int64> = []
        for fact in universe.facts {
            let outcome = history.step(fact.write)
            #expect(history.kept.count <= 4)
            for loss in outcome.lost { reported.insert(loss.loser.index) }
            for position in outcome.regained { reported.remove(position.index) }
        }
        let current = try #require(history.current)
        var covered = reported.union([current.position.index])
        for fact in universe.facts where covered.contains(fact.write.position.index) { covered.formUnion(fact.past) }
        #expect(covered.count == universe.facts.count, "seed \(seed)")
    }

    @Test(arguments: seeds) func aSnapshotGoesOnAsTheHistoryDoes(_ seed: UInt64) throws {
        let universe = try WriteUniverse(seed: seed, devices: 3, writes: 20)
        var history = WriteHistory()
        var restored = WriteHistory()
        for fact in universe.facts {
            restored = try #require(WriteHistory(encoded: restored.encoded))
            #expect(history.step(fact.write) == restored.step(fact.write))
            #expect(history == restored)
        }
        #expect(WriteHistory(encoded: [0x80, 0x80]) == nil)
        #expect(WriteHistory(encoded: [0x81, 0xF6]) == nil)
    }

    @Test func resonanceThenClockThenHashDecide() throws {
        func loser(_ one: CausalWrite, _ other: CausalWrite) -> Loss? {
            var history = WriteHistory()
            _ = history.step(one)
            return history.step(other).lost.first
        }
        let base = try Self.write(0, "device-a", [:], resonance: 0.5, at: 5, hash: 5)
        let loved = try #require(loser(base, try Self.write(1, "device-b", [:], resonance: 0.6, at: 1, hash: 1)))
        #expect(loved.loser == base.position && loved.rule == .resonance)
        let later = try #require(loser(base, try Self.write(1, "device-b", [:], resonance: 0.5, at: 6, hash: 1)))
        #expect(later.loser == base.position && later.rule == .clock)
        let larger = try #require(loser(base, try Self.write(1, "device-b", [:], resonance: 0.5, at: 5, hash: 6)))
        #expect(larger.loser == base.position && larger.rule == .hash)
        let lower = try #require(loser(base, try Self.write(1, "device-b", [:], resonance: 0.4, at: 9, hash: 9)))
        #expect(lower.loser == Position(1) && lower.winner == base.position && lower.rule == .resonance)
    }

    @Test func clocksOrder() throws {
        var history = WriteHistory()
        _ = history.step(try Self.write(0, "device-a", [:], resonance: 0.9))
        // It had seen the first, and is current though it stands lower.
        let follow = history.step(try Self.write(1, "device-b", ["device-a": 1], resonance: 0.1))
        #expect(follow.current == Position(1) && follow.lost.isEmpty)
        // A clock that is the same as another's orders nothing.
        let twin = history.step(try Self.write(2, "device-c", ["device-a": 1], resonance: 0.05))
        #expect(twin.lost.map(\.loser) == [Position(2)])
        #expect(
            twin.lost.first?.winnerClock == (try VectorClock([(AgentID("device-a"), 1), (AgentID("device-b"), 1)]))
        )
        // Without a clock it follows everything.
        #expect(history.step(try Self.write(3, "device-d", nil, resonance: 0)).lost.isEmpty)
        #expect(history.current?.position == Position(3))
        // The loss stays recorded.
        #expect(history.losses.map(\.loser) == [Position(2)])
    }

    @Test func clocksThatCountTheWriteItselfAreUnderstood() throws {
        var history = WriteHistory()
        _ = history.step(try Self.write(0, "device-a", ["device-a": 7]))
        #expect(history.step(try Self.write(1, "device-b", ["device-a": 6, "device-b": 1])).lost.count == 1)
        let both = try Self.write(2, "device-a", ["device-a": 8, "device-b": 1], after: 7)
        #expect(both.dot.counter.value == 8)
        let outcome = history.step(both)
        #expect(outcome.lost.isEmpty && outcome.current == Position(2))
    }

    @Test func nobodyHasSeenTheFuture() throws {
        var history = WriteHistory()
        _ = history.step(try Self.write(0, "device-a", ["device-b": Limits.counter], resonance: 0.1))
        let outcome = history.step(try Self.write(1, "device-b", [:], resonance: 0.2))
        #expect(outcome.current == Position(1))
        #expect(outcome.lost.map(\.loser) == [Position(0)])
        let last = try Self.write(2, "device-b", ["device-b": Limits.counter], after: Limits.counter)
        #expect(last.dot.counter.value == Limits.counter)
    }

    @Test func aServedClockCoversWhatIsThere() throws {
        var history = WriteHistory()
        for device in 0..<12 {
            _ = history.step(try Self.write(Int64(device), "device-\(device)", [:], resonance: Double(device) / 20))
        }
        #expect(history.losses.count == 11)
        let served = history.clock(beside: try VectorClock([(AgentID("device-x"), 9)]))
        #expect(served.count == 13)
        let outcome = history.step(
            CausalWrite(
                position: Position(50),
                by: try AgentID("device-x"),
                clock: served,
                after: 9,
                standing: try Self.write(50, "device-x", nil, resonance: 0).standing
            )
        )
        #expect(outcome.current == Position(50) && outcome.lost.isEmpty)
        // Sixty-four devices have room; the newest come first.
        let full = try VectorClock((0..<64).map { (try AgentID("other-\($0)"), Int64(1)) })
        let trimmed = history.clock(beside: full)
        #expect(trimmed.count == 64)
        #expect(trimmed[try AgentID("device-11")] == 1)
    }

    @Test func forgottenDevicesLeave() throws {
        var history = WriteHistory()
        _ = history.step(try Self.write(0, "device-a", [:], resonance: 0.5))
        _ = history.step(try Self.write(1, "device-b", [:], resonance: 0.9))
        history.forget(try AgentID("device-b"))
        #expect(history.current?.position == Position(0))
        #expect(history.losses.isEmpty)
        history.forget(try AgentID("device-a"))
        #expect(history == WriteHistory())
    }

    @Test func theContentOfAHashIsCanonical() throws {
        let body = try Body(Fields([("x", .integer(3)), ("intensity", .double(0.5))]))
        let agent = try AgentID("device-a")
        var reader = CBORReader(Standing.content(agent: agent, type: .touch, at: 12, data: body).raw)
        let value = try reader.value()
        #expect(
            value == ["agent": "device-a", "type": "TOUCH", "at": .integer(12), "data": .map(body.fields)]
        )
    }
}
