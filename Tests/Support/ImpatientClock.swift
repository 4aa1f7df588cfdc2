import Basics

/// Waits for nothing, and counts how often and how long it was asked to.
package final class ImpatientClock: Clock {
    package struct Instant: InstantProtocol {
        package var offset = Duration.zero
        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private let slept = Lock<[Duration]>([])

    package init() {}

    package var now: Instant { Instant() }
    package var minimumResolution: Duration { .zero }
    package var delays: [Duration] { slept.withLock { $0 } }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        slept.withLock { $0.append(deadline.offset) }
        try Task.checkCancellation()
        await Task.yield()
    }
}
