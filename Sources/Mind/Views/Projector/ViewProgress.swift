internal import Basics
package import Model
package import Ports

/// How far behind a view is.
package struct ViewLag: Sendable, Hashable {
    package let view: ViewName
    /// The last position applied, nil for none.
    package let position: Position?
    /// Durable events that the view has not applied.
    package let positionsBehind: Int64
    /// The oldest of them is not older than this.
    package let millisecondsBehind: Int64
    /// Failures since the last success; while there are any, the view stands still.
    package let failures: Int
}

/// Where the views of a projector are, and who waits for them.
final class ViewProgress: Sendable {
    private struct Place {
        var position: Int64
        /// Everything received up to then is applied, in milliseconds since 1970.
        var currentAt: Int64 = 0
        var failures = 0
    }

    private struct Waiter {
        let view: ViewName?
        let position: Int64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var live: [ViewName: Place] = [:]
        /// Views that have a base.
        var bases: Set<ViewName> = []
        /// Shadows that are growing now.
        var shadows: [ViewName: Int64] = [:]
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// What waits until the views are near the end again, the oldest first.
        var held: [@Sendable () -> Void] = []
        /// Whether somebody brings the views forward: else nothing is held.
        var isLive = false
        /// Waiters that were cancelled before they waited.
        var cancelled: Set<UInt64> = []

        func isCrowded(_ durable: Int64, _ distance: Range<Int64>) -> Bool {
            live.values.contains { $0.failures == 0 && distance.contains(durable - $0.position) }
        }

        func hasReached(_ waiter: Waiter) -> Bool { hasReached(waiter.position, by: waiter.view) }

        func hasReached(_ position: Int64, by view: ViewName?) -> Bool {
            if let view { return live[view].map { $0.position >= position } ?? false }
            return live.values.allSatisfy { $0.position >= position } && shadows.values.allSatisfy { $0 >= position }
        }
    }

    private let state = Lock(State())

    func enter(_ view: ViewName, at position: Position?) {
        change { $0.live[view] = Place(position: position?.index ?? -1) }
    }

    /// A view never goes back, whoever brings it forward.
    func reached(_ position: Int64, by view: ViewName, currentAt time: Int64?) {
        change { state in
            guard var place = state.live[view] else { return }
            place.position = max(place.position, position)
            place.currentAt = max(place.currentAt, time ?? 0)
            place.failures = 0
            state.live[view] = place
        }
    }

    func failed(_ view: ViewName) -> Int {
        state.withLock { state in
            state.live[view]?.failures += 1
            return state.live[view]?.failures ?? 1
        }
    }

    func shadow(of view: ViewName, reached position: Int64) { change { $0.shadows[view] = position } }
    func endShadow(of view: ViewName) { change { $0.shadows[view] = nil } }

    /// Whether a shadow of the view was begun, and nobody else is growing one.
    func beginShadow(of view: ViewName) -> Bool {
        state.withLock { state in
            guard state.shadows[view] == nil else { return false }
            state.shadows[view] = -1
            return true
        }
    }

    func enterBase(of view: ViewName) { state.withLock { _ = $0.bases.insert(view) } }
    func hasBase(of view: ViewName) -> Bool { state.withLock { $0.bases.contains(view) } }

    func position(of view: ViewName) -> Int64 { state.withLock { $0.live[view]?.position ?? -1 } }

    func lags(durable: Int64, now: Int64) -> [ViewLag] {
        let places = state.withLock { $0.live }
        return places.sorted { $0.key < $1.key }.map { view, place in
            let behind = max(0, durable - place.position)
            return ViewLag(
                view: view,
                position: place.position < 0 ? nil : Position(place.position),
                positionsBehind: behind,
                millisecondsBehind: behind == 0 ? 0 : max(0, now - place.currentAt),
                failures: place.failures
            )
        }
    }

    /// Whether somebody waits for a view.
    var isAwaited: Bool { state.withLock { !$0.waiters.isEmpty } }

    private func change(_ body: (inout sending State) -> Void) {
        let woken = state.withLock { state in
            body(&state)
            let ready = state.waiters.filter { state.hasReached($0.value) }
            for waiter in ready.keys { state.waiters[waiter] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume(returning: true) }
    }

    // MARK: Pressure

    /// Runs `work` now; or later, by `release`, when a view is so far behind the end of the ledger.
    ///
    /// A view that fails, or is further behind than any pressure leaves it, holds nobody up: it has its own troubles,
    /// or the past to catch up with.
    func whenNear(_ durable: Int64, _ distance: Range<Int64>, _ work: @escaping @Sendable () -> Void) {
        let isHeld = state.withLock { state in
            guard state.isLive, state.isCrowded(durable, distance) else { return false }
            state.held.append(work)
            return true
        }
        if !isHeld { work() }
    }

    /// Runs what was held, when the views are near enough again.
    func release(_ durable: Int64, _ distance: Range<Int64>) {
        let released = state.withLock { state in
            guard !state.held.isEmpty, !state.isCrowded(durable, distance) else { return [] as [@Sendable () -> Void] }
            defer { state.held = [] }
            return state.held
        }
        for work in released { work() }
    }

    /// From now on something may be held.
    func begin() { state.withLock { $0.isLive = true } }

    /// Nothing is held any more, whatever the views do.
    func end() {
        state.withLock { $0.isLive = false }
        release(-1, 0..<1)
    }
}

// MARK: Waiting

extension ViewProgress {
    /// Returns when the view, or without one everything, has applied `position`; throws `cancelled` with the task.
    func wait(for view: ViewName?, at position: Int64) async throws(StoreError) {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let hasReached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(waiter, Waiter(view: view, position: position, continuation: continuation))
            }
        } onCancel: {
            cancel(waiter)
        }
        state.withLock { _ = $0.cancelled.remove(waiter) }
        guard hasReached else { throw StoreError(.cancelled, in: "wait for a view") }
    }

    private func enter(_ number: UInt64, _ waiter: Waiter) {
        let outcome: Bool? = state.withLock { state in
            if state.hasReached(waiter) { return true }
            if state.cancelled.contains(number) { return false }
            state.waiters[number] = waiter
            return nil
        }
        if let outcome { waiter.continuation.resume(returning: outcome) }
    }

    private func cancel(_ number: UInt64) {
        let waiting: Waiter? = state.withLock { state in
            if let waiting = state.waiters.removeValue(forKey: number) { return waiting }
            state.cancelled.insert(number)
            return nil
        }
        waiting?.continuation.resume(returning: false)
    }
}
