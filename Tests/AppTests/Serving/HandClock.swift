import Basics

/// A clock whose sleepers sleep until a test wakes them.
final class HandClock: Clock {
    struct Instant: InstantProtocol {
        var offset = Duration.zero
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct State {
        var sleeper: CheckedContinuation<Void, any Error>?
        var isOver = false
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    var now: Instant { Instant() }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (watcher, isOver) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
                    if !state.isOver { state.sleeper = continuation }
                    defer { state.watcher = nil }
                    return (state.watcher, state.isOver)
                }
                if isOver { continuation.resume(throwing: CancellationError()) }
                watcher?.resume()
            }
        } onCancel: {
            take(ending: true)?.resume(throwing: CancellationError())
        }
    }

    /// Returns when somebody sleeps.
    func someoneSleeps() async {
        await withCheckedContinuation { continuation in
            let sleeps = state.withLock { state in
                if state.sleeper == nil, !state.isOver { state.watcher = continuation }
                return state.watcher == nil
            }
            if sleeps { continuation.resume() }
        }
    }

    /// Wakes who sleeps, and returns when it sleeps again: one turn of its work is done.
    func turn() async {
        await someoneSleeps()
        take()?.resume()
        await someoneSleeps()
    }

    private func take(ending: Bool = false) -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            if ending { state.isOver = true }
            defer { state.sleeper = nil }
            return state.sleeper
        }
    }
}
