import Basics
import FilesDriver
import Testing

/// Blocking work runs on its own threads, in order, with a state that stays there.
@Suite struct ThreadsTests {
    private struct Refused: Error, Equatable { var reason = "refused" }
    private final class Count { var value = 0 }

    @Test func oneThreadIsSerialAndKeepsItsState() async throws {
        let threads = try await Threads<Count>.start(1, name: "test") { () throws(Refused) in Count() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await threads.perform(closed: Refused()) { count throws(Refused) in count.value += 1 }
                }
            }
            try await group.waitForAll()
        }
        let sum = try await threads.perform(closed: Refused()) { count throws(Refused) in count.value }
        #expect(sum == 200)
        await threads.close()
    }

    @Test func manyThreadsWorkAtOnce() async throws {
        let threads = try await Threads<Count>.start(3, name: "test") { () throws(Refused) in Count() }
        let met = BlockingQueue<Void>()
        let gone = BlockingQueue<Void>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Two jobs that end only when the third has run beside them.
            for _ in 0..<2 {
                group.addTask {
                    try await threads.perform(closed: Refused()) { _ throws(Refused) in
                        gone.append(())
                        _ = met.take()
                    }
                }
            }
            group.addTask {
                try await threads.perform(closed: Refused()) { _ throws(Refused) in
                    for _ in 0..<2 { _ = gone.take() }
                    for _ in 0..<2 { met.append(()) }
                }
            }
            try await group.waitForAll()
        }
        await threads.close()
    }

    @Test func errorsComeBack() async throws {
        let threads = try await Threads<Count>.start(1, name: "test") { () throws(Refused) in Count() }
        await #expect(throws: Refused(reason: "mine")) {
            try await threads.perform(closed: Refused()) { _ throws(Refused) in throw Refused(reason: "mine") }
        }
        await threads.close()
        await #expect(throws: Refused(reason: "closed")) {
            try await threads.perform(closed: Refused(reason: "closed")) { _ throws(Refused) in }
        }
        await threads.close()
    }

    @Test func aStateThatCannotBeMadeStopsAll() async throws {
        let made = Lock(0)
        await #expect(throws: Refused(reason: "third")) {
            _ = try await Threads<Int>.start(5, name: "test") { () throws(Refused) in
                let number = made.withLock { made in
                    made += 1
                    return made
                }
                if number == 3 { throw Refused(reason: "third") }
                return number
            }
        }
        #expect(made.withLock { $0 } == 3)
    }

    @Test func statesAreReleasedWhenClosed() async throws {
        final class Witness: Sendable {
            let alive: Lock<Int>
            init(_ alive: Lock<Int>) {
                self.alive = alive
                alive.withLock { $0 += 1 }
            }
            deinit { alive.withLock { $0 -= 1 } }
        }
        let alive = Lock(0)
        let threads = try await Threads<Witness>.start(4, name: "test") { () throws(Refused) in Witness(alive) }
        #expect(alive.withLock { $0 } == 4)
        await threads.close()
        #expect(alive.withLock { $0 } == 0)
    }
}
