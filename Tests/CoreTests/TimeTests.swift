import Basics
import Model
import TestSupport
import Testing

@Suite struct TimeTests {
    @Test(arguments: seeds(50)) func hybridTimeOnlyGrows(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var last = random.hybridTime()
        for _ in 0..<100 {
            let now =
                random.chance(500)
                ? last.milliseconds - Int64(random.below(1000)) : last.milliseconds + Int64(random.below(3))
            let next = last.next(now: now)
            #expect(next > last)
            #expect(next.milliseconds >= min(now, Limits.counter))
            // It runs ahead of the clock only as far as it was.
            #expect(next.milliseconds <= max(now, last.milliseconds) || last.counter == .max)
            last = next
        }
    }

    @Test func hybridTimeCounts() {
        let time = HybridTime(milliseconds: 100, counter: 0)
        #expect(time.next(now: 100) == HybridTime(milliseconds: 100, counter: 1))
        #expect(time.next(now: 99) == HybridTime(milliseconds: 100, counter: 1))
        #expect(time.next(now: 101) == HybridTime(milliseconds: 101, counter: 0))
        #expect(time.next(now: .max).milliseconds == Limits.counter)
        #expect(time.next(now: .min) == HybridTime(milliseconds: 100, counter: 1))
        let last = HybridTime(milliseconds: 100, counter: .max - 1)
        #expect(last.next(now: 0) == HybridTime(milliseconds: 100, counter: .max))
        let full = HybridTime(milliseconds: 100, counter: .max)
        #expect(full.next(now: 0) == HybridTime(milliseconds: 101, counter: 0))
        let other = HybridTime(milliseconds: 200, counter: 7)
        #expect(time.next(now: 150, after: other) == HybridTime(milliseconds: 200, counter: 8))
        #expect(HybridTime(checking: -1, counter: 0) == nil)
        #expect(HybridTime(checking: 0, counter: 1 << 32) == nil)
        #expect(HybridTime(checking: Limits.counter, counter: 0) != nil)
        #expect(HybridTime(checking: Limits.counter + 1, counter: 0) == nil)
    }

    @Test(arguments: seeds(200)) func clocksObeyTheirLaws(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func clock() -> VectorClock {
            let names = ["a", "b", "c", "d"].filter { _ in random.chance(600) }
            let counters = names.map { (AgentID(unchecked: $0), Int64(1 + random.below(3))) }
            return (try? VectorClock(counters.shuffled(using: &random))) ?? VectorClock()
        }
        let (one, two, three) = (clock(), clock(), clock())
        let merged = try one.merged(with: two)
        #expect(try merged == two.merged(with: one))
        #expect(try merged.merged(with: three) == one.merged(with: two.merged(with: three)))
        #expect(try one.merged(with: one) == one)
        #expect(one.isCovered(by: merged) && two.isCovered(by: merged))
        let expected: VectorClock.Order =
            switch (merged == one, merged == two) {
            case (true, true): .equal
            case (true, false): .after
            case (false, true): .before
            case (false, false): .concurrent
            }
        #expect(one.compare(two) == expected)
        let reverse: [VectorClock.Order: VectorClock.Order] = [
            .before: .after, .after: .before, .equal: .equal, .concurrent: .concurrent,
        ]
        #expect(two.compare(one) == reverse[expected])
        #expect((one.compare(two) == .equal) == (one == two))
        let next = try one.incremented(AgentID("b"))
        #expect(one.compare(next) == .before)
        #expect(next[try AgentID("b")] == one[try AgentID("b")] + 1)
    }

    @Test func clocksAreBounded() throws {
        let many = (0..<64).map { (AgentID(unchecked: "a\($0)"), Int64(1)) }
        let full = try VectorClock(many)
        #expect(throws: VectorClock.Invalid.tooManyEntries(65)) { try VectorClock(many + [(AgentID("x"), 1)]) }
        #expect(throws: VectorClock.Invalid.tooManyEntries(65)) {
            try full.merged(with: VectorClock([(AgentID("x"), 1)]))
        }
        let agent = try AgentID("a")
        for bad in [0, -1, Limits.counter + 1] {
            #expect(throws: VectorClock.Invalid.counterOutOfRange(agent)) { try VectorClock([(agent, bad)]) }
        }
        #expect(throws: VectorClock.Invalid.duplicate(agent)) { try VectorClock([(agent, 1), (agent, 2)]) }
        #expect(throws: VectorClock.Invalid.counterOutOfRange(agent)) {
            try VectorClock([(agent, Limits.counter)]).incremented(agent)
        }
        #expect(full.entries.map(\.agent.text).prefix(11).suffix(2) == ["a9", "a10"], "shorter names come first")
    }

    @Test func dottedVersionsTellWritesOfOneAgentApart() throws {
        let agent = try AgentID("a")
        let other = try AgentID("b")
        let past = try VectorClock([(agent, 3)])
        func version(_ agent: AgentID, _ counter: Int64, _ past: VectorClock) throws -> DottedVersion {
            try DottedVersion(dot: Dot(agent: agent, counter: #require(EventNumber(counter))), past: past)
        }
        let first = try version(agent, 4, past)
        let sibling = try version(agent, 5, past)
        #expect(first.compare(sibling) == .concurrent, "neither had seen the other")
        #expect(first.compare(first) == .equal)
        let later = try version(other, 1, first.clock)
        #expect(first.compare(later) == .before)
        #expect(later.compare(first) == .after)
        #expect(sibling.compare(later) == .concurrent)
        #expect(later.clock[agent] == 4 && later.clock[other] == 1)
        #expect(throws: DottedVersion.Invalid.dotInItsPast) { try version(agent, 3, past) }
        let full = try VectorClock((0..<64).map { (AgentID(unchecked: "x\($0)"), Int64(1)) })
        #expect(throws: DottedVersion.Invalid.tooManyAgents) { try version(agent, 1, full) }
        #expect(try version(AgentID("x3"), 2, full).clock.count == 64)
    }
}
