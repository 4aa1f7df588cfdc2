import Basics
import NetDriver
import Testing
import Web

@testable import EventsDoor

/// What waits for its acknowledgement is bounded.
@Suite struct AppendRoomTests {
    @Test func refusesWhatIsTooMuchUntilSomeIsGivenBack() throws {
        let room = AppendRoom(limit: 100)
        try room.take(60)
        try room.take(40)
        #expect(throws: Problem.self) { try room.take(1) }
        // A refusal takes nothing.
        room.give(40)
        try room.take(40)
        room.give(60)
        #expect(throws: Problem.self) { try room.take(61) }
        try room.take(60)
    }

    @Test func letsInWhoeverIsAlone() throws {
        let room = AppendRoom(limit: 100)
        try room.take(1000)
        #expect(throws: Problem.self) { try room.take(1) }
        room.give(1000)
        try room.take(1)
    }

    /// Many at once never hold more than there is, and all comes back.
    @Test func holdsUnderContention() async throws {
        let room = AppendRoom(limit: 64)
        let most = Lock((held: 0, most: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<2000 where (try? room.take(10)) != nil {
                        most.withLock { $0 = ($0.held + 10, max($0.most, $0.held + 10)) }
                        most.withLock { $0.held -= 10 }
                        room.give(10)
                    }
                }
            }
        }
        #expect(most.withLock { $0.most } <= 64)
        try room.take(64)
    }

    @Test func saysSoInTime() {
        #expect(Problem.crowded.status.code == 503)
    }
}
