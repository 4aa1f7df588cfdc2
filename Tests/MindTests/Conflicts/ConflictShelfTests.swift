import Basics
import Conflicts
import Model
import TestSupport
import Testing

@Suite struct ConflictShelfTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func theNewestAreLiveAndNoneIsLost(_ seed: UInt64) throws {
        var shelf = ConflictShelf(limit: 5)
        var table: [Position: ConflictShelf.Conflict] = [:]
        var archive: [Position: ConflictShelf.Conflict] = [:]
        var histories: [String: WriteHistory] = [:]
        var expected: Set<Int64> = []
        for cell in 0..<4 {
            let universe = try WriteUniverse(seed: seed &* 10 &+ UInt64(cell), devices: 4, writes: 16)
            let subject = "cell:\(cell),0"
            let offset = Int64(cell) * 100
            expected.formUnion(universe.losses.keys.map { $0 + offset })
            for fact in universe.facts {
                let write = fact.write
                let moved = CausalWrite(
                    position: Position(write.position.index + offset),
                    dot: write.dot,
                    past: write.past,
                    standing: write.standing
                )
                let outcome = histories[subject, default: WriteHistory(capacity: 32)].step(moved)
                let changes = shelf.take(outcome, of: subject, detected: moved.position.index) {
                    archive[$0] != nil
                }
                for change in changes {
                    switch change {
                    case .put(let conflict): table[conflict.id] = conflict
                    case .archive(let conflict):
                        table[conflict.id] = nil
                        archive[conflict.id] = conflict
                    case .amendArchived(let loss):
                        #expect(archive[loss.loser] != nil)
                        archive[loss.loser]?.loss = loss
                    case .drop(let position):
                        table[position] = nil
                        archive[position] = nil
                    case .restoreArchived: Issue.record("nothing was restored")
                    }
                }
                #expect(table.count <= 5)
                #expect(Set(shelf.live.map(\.id)) == Set(table.keys))
            }
        }
        #expect(Set(table.keys).isDisjoint(with: archive.keys))
        #expect(Set(table.keys).union(archive.keys) == Set(expected.map { Position($0) }))
        #expect(archive.values.allSatisfy { $0.status == .archived })
        let newest = table.values.map(\.detected).min() ?? .max
        #expect(archive.values.allSatisfy { $0.detected <= newest })
        let losses = histories.values.flatMap(\.losses)
        #expect(losses.allSatisfy { (table[$0.loser] ?? archive[$0.loser])?.loss == $0 })
        // The rows are enough to go on.
        #expect(ConflictShelf(Array(table.values), limit: 5) == shelf)
    }

    @Test func aRestoredConflictSaysSo() throws {
        var history = WriteHistory()
        var shelf = ConflictShelf()
        _ = history.step(try WriteHistoryTests.write(0, "device-a", [:], resonance: 0.1))
        let outcome = history.step(try WriteHistoryTests.write(1, "device-b", [:], resonance: 0.9))
        _ = shelf.take(outcome, of: "room:x", detected: 7)
        guard case .put(let conflict) = shelf.restore(Position(0), at: 9) else {
            Issue.record("it is live")
            return
        }
        #expect(conflict.status == .restored && conflict.resolved == 9 && conflict.detected == 7)
        #expect(shelf.restore(Position(5), at: 9) == .restoreArchived(Position(5), resolved: 9))
    }

    @Test func aRestorationFollowsFromBoth() throws {
        var history = WriteHistory()
        _ = history.step(try WriteHistoryTests.write(0, "device-a", [:], resonance: 0.1))
        let loss = try #require(
            history.step(try WriteHistoryTests.write(1, "device-b", [:], resonance: 0.9)).lost.first
        )
        let body = try Body(Fields([("x", .integer(1))]))
        let event = Event(agent: try AgentID("device-a"), type: .touch, body: body, at: 3, clock: VectorClock())
        let zeros = try requireNotNil(ContentHash([UInt8](repeating: 0, count: 32)))
        let salt = try requireNotNil(Salt([UInt8](repeating: 0, count: 16)))
        let head = EventHead(
            event,
            commit: zeros,
            position: Position(0),
            received: try requireNotNil(HybridTime(checking: 5, counter: 0)),
            writer: .open
        )
        let stored = StoredEvent(head: head, canonical: head.canonical, hash: zeros, content: .open(salt, body))
        let agent = try AgentID("device-c")
        let restoration = try #require(
            Restoration.event(of: loss, stored, served: history.clock(), by: agent, at: 20)
        )
        #expect(restoration.body == body && restoration.type == .touch && restoration.owner.text == "device-a")
        #expect(restoration.causes == [Position(0), Position(1)])
        let placed = CausalWrite(
            position: Position(2),
            by: agent,
            clock: restoration.clock,
            after: 0,
            standing: Standing(resonance: 0, at: 0, hash: zeros)
        )
        let outcome = history.step(placed)
        #expect(outcome.current == Position(2) && outcome.lost.isEmpty)
        let written = EventHead(
            restoration,
            commit: zeros,
            position: Position(2),
            received: head.received,
            writer: .open
        )
        #expect(Restoration.restored(by: written) == Position(0))
        #expect(Restoration.restored(by: head) == nil)
        let forgotten = StoredEvent(head: head, canonical: head.canonical, hash: zeros, content: .forgotten)
        #expect(Restoration.event(of: loss, forgotten, served: VectorClock(), by: agent, at: 20) == nil)
    }

    @Test func loveIsTheShareOfThoseWhoWereHelped() throws {
        var love = LoveResonance()
        #expect(love.value == 0.5)
        love.take(.helped, replacing: nil)
        #expect(love.value == 2.0 / 3)
        love.take(.didNotHelp, replacing: nil)
        #expect(love.value == 0.5)
        love.take(.helped, replacing: .didNotHelp)
        #expect(love == LoveResonance(confirmations: 2, refutations: 0))
        #expect(love.value == 0.75)
        let (one, other) = (try AgentID("one"), try AgentID("other"))
        #expect(LoveResonance.counts(by: one, at: Position(5), about: Position(4), of: other))
        #expect(!LoveResonance.counts(by: one, at: Position(5), about: Position(4), of: one))
        #expect(!LoveResonance.counts(by: one, at: Position(5), about: Position(5), of: other))
    }
}
