import Basics
import Sync
import TestSupport
import Testing

@Suite struct UnansweredCallsTests {
    typealias Calls = UnansweredCalls<String>

    static func call(_ byte: UInt8) throws -> ContentHash {
        try #require(ContentHash([UInt8](repeating: byte, count: 32)))
    }

    private func ticket(_ arrival: Calls.Arrival) -> Calls.Ticket? {
        guard case .perform(let ticket) = arrival else { return nil }
        return ticket
    }

    private func answer(_ arrival: Calls.Arrival) -> String? {
        guard case .answer(let answer, _) = arrival else { return nil }
        return answer
    }

    @Test func aLostAnswerIsGivenToTheResend() throws {
        var calls = Calls()
        let first = try #require(ticket(calls.arrive(Self.call(1), now: 0)))
        calls.finished(first, "one", byteCount: 3)
        calls.lost(first)
        #expect(ticket(calls.arrive(try Self.call(2), now: 10)) != nil)
        #expect(answer(calls.arrive(try Self.call(1), now: 60_000)) == "one")
        // It is on its way now: who asks meanwhile is new.
        #expect(ticket(calls.arrive(try Self.call(1), now: 60_000)) != nil)
        // Lost once more, it is kept, until a minute after the first time.
        calls.lost(first)
        #expect(answer(calls.arrive(try Self.call(1), now: 60_000)) == "one")
        calls.lost(first)
        #expect(ticket(calls.arrive(try Self.call(1), now: 60_001)) != nil)
    }

    @Test func aDeliveredAnswerMakesTheNextCallNew() throws {
        var calls = Calls()
        let first = try #require(ticket(calls.arrive(Self.call(1), now: 0)))
        calls.finished(first, "one", byteCount: 3)
        calls.delivered(first)
        #expect(calls.count == 0)
        calls.lost(first)
        let second = try #require(ticket(calls.arrive(Self.call(1), now: 5)))
        #expect(second != first)
    }

    @Test func aCallThatRunsForNobodyIsWaitedFor() throws {
        var calls = Calls()
        let first = try #require(ticket(calls.arrive(Self.call(1), now: 0)))
        calls.lost(first)
        guard case .wait(first) = calls.arrive(try Self.call(1), now: 15_000) else {
            Issue.record("it runs already")
            return
        }
        calls.finished(first, "one", byteCount: 3)
        #expect(answer(calls.arrive(try Self.call(1), now: 15_001)) == "one")
    }

    @Test func twoOfTheSameAtOnceAreTwo() throws {
        var calls = Calls()
        let one = try #require(ticket(calls.arrive(Self.call(1), now: 0)))
        let two = try #require(ticket(calls.arrive(Self.call(1), now: 0)))
        calls.finished(one, "one", byteCount: 3)
        calls.finished(two, "two", byteCount: 3)
        calls.lost(one)
        calls.lost(two)
        let answers = [answer(calls.arrive(try Self.call(1), now: 1)), answer(calls.arrive(try Self.call(1), now: 1))]
        #expect(answers == ["one", "two"])
    }

    @Test func whatIsKeptIsBounded() throws {
        var calls = Calls(limit: 3, byteLimit: 10)
        var tickets: [Calls.Ticket] = []
        for index in 0..<5 as Range<UInt8> {
            tickets.append(try #require(ticket(calls.arrive(Self.call(index), now: Int64(index)))))
            #expect(calls.count <= 3)
        }
        for ticket in tickets {
            calls.lost(ticket)
            calls.finished(ticket, "4444", byteCount: 4)
        }
        #expect(calls.count == 2)
        #expect(answer(calls.arrive(try Self.call(4), now: 9)) == "4444")
        #expect(ticket(calls.arrive(try Self.call(2), now: 9)) != nil)
    }

    @Test func manyCallsLeaveNothingBehind() throws {
        var calls = Calls()
        for index in 0..<20_000 {
            let call = try Self.call(UInt8(index % 7))
            let new = try #require(ticket(calls.arrive(call, now: Int64(index) * 10)))
            calls.finished(new, "x", byteCount: 1)
            calls.delivered(new)
        }
        #expect(calls.count == 0)
    }

    @Test func aResendWaitsForTheFirstAndIsAnsweredAlike() async throws {
        let calls = ResentCalls<String>(byteCount: \.utf8.count)
        let call = try Self.call(1)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let done = Lock(0)
        async let first = calls.answer(call, now: 0, began: { calls.lost($0) }) {
            begin.finish()
            for await _ in gate {}
            done.withLock { $0 += 1 }
            return "answer"
        }
        for await _ in begun {}
        async let second = calls.answer(call, now: 1) { "another" }
        open.finish()
        let answers = await [first.answer, second.answer]
        #expect(answers == ["answer", "answer"])
        #expect(done.withLock { $0 } == 1)
    }

    @Test func aFailureIsTriedAgain() async throws {
        struct Broken: Error {}
        let calls = ResentCalls<String>(byteCount: \.utf8.count)
        let call = try Self.call(1)
        await #expect(throws: Broken.self) {
            _ = try await calls.answer(call, now: 0, began: { calls.lost($0) }) { () throws(Broken) in throw Broken() }
        }
        let answered = await calls.answer(call, now: 1) { "done" }
        #expect(answered.answer == "done")
        calls.lost(answered.ticket)
        #expect(await calls.answer(call, now: 2) { "again" }.answer == "done")
    }
}
