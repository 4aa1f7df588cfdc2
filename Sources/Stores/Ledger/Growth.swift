internal import Basics
internal import Ports

/// Lets readers wait for a ledger to grow.
final class Growth: Sendable {
    private enum Outcome { case grown, cancelled, failed(StoreError) }

    private struct State {
        var size: Int64
        var failure: StoreError?
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: (beyond: Int64, continuation: CheckedContinuation<Outcome, Never>)] = [:]
        /// Waiters that were cancelled before they waited.
        var cancelled: Set<UInt64> = []
    }

    private let state: Lock<State>

    init(size: Int64) { state = Lock(State(size: size)) }

    /// Tells of events that can be read from now on.
    func grew(to size: Int64) {
        let woken = state.withLock { state in
            state.size = max(state.size, size)
            let ready = state.waiters.filter { $0.value.beyond < state.size }
            for waiter in ready.keys { state.waiters[waiter] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume(returning: .grown) }
    }

    /// Ends all waiting: nothing will ever grow again.
    func end(_ failure: StoreError) {
        let woken = state.withLock { state in
            state.failure = failure
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume(returning: .failed(failure)) }
    }

    /// Returns when the size exceeds `size`.
    func wait(beyond size: Int64) async throws(StoreError) {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { enter(waiter, beyond: size, $0) }
        } onCancel: {
            cancel(waiter)
        }
        state.withLock { _ = $0.cancelled.remove(waiter) }
        switch outcome {
        case .grown: return
        case .cancelled: throw StoreError(.cancelled, in: "wait for events")
        case .failed(let error): throw error
        }
    }

    private func enter(_ waiter: UInt64, beyond size: Int64, _ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome: Outcome? = state.withLock { state in
            if state.size > size { return .grown }
            if state.cancelled.contains(waiter) { return .cancelled }
            if let failure = state.failure { return .failed(failure) }
            state.waiters[waiter] = (size, continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    private func cancel(_ waiter: UInt64) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            if let waiting = state.waiters.removeValue(forKey: waiter) { return waiting.continuation }
            state.cancelled.insert(waiter)
            return nil
        }
        waiting?.resume(returning: .cancelled)
    }
}
