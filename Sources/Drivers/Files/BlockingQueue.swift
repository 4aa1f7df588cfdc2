/// A queue in the order of arrival, whose takers are threads that wait while it is empty.
///
/// It has no limit: whoever appends keeps the number of open requests bounded.
package final class BlockingQueue<Element: Sendable>: Sendable {
    private struct State {
        var arrived: [Element] = []
        /// The older ones, the oldest last.
        var next: [Element] = []
        var isClosed = false
        /// Whether something arrived that is worth a wake alone.
        var isUrgent = false
        /// How many of the others the taker waits for.
        var wanted = 1

        var count: Int { arrived.count + next.count }

        mutating func take() -> Element? {
            if next.isEmpty {
                swap(&next, &arrived)
                next.reverse()
            }
            return next.popLast()
        }

        /// Nil when there is a reason to wait.
        mutating func takeAll(leaving empty: [Element], waitingFor wanted: Int) -> [Element]? {
            guard isUrgent || isClosed || count >= wanted else {
                self.wanted = wanted
                return nil
            }
            guard count > 0 || isClosed else { return nil }
            isUrgent = false
            self.wanted = 1
            var all = empty
            swap(&all, &arrived)
            if !next.isEmpty {
                all.insert(contentsOf: next.reversed(), at: 0)
                next.removeAll()
            }
            return all
        }
    }

    private let state = Monitor(State())

    package init() {}

    /// Appends and wakes one taker; answers `.closed`, and does nothing, after `close`.
    @discardableResult
    package func append(_ element: Element, _ urgency: Urgency = .now) -> Acceptance { append(element, urgency, .free) }

    /// Appends as `append` does, where the taker may release the queue before this returns.
    func appendLast(_ element: Element) -> Acceptance { append(element, .now, .held) }

    private func append(_ element: Element, _ urgency: Urgency, _ moment: Monitor<State>.Moment) -> Acceptance {
        var acceptance = Acceptance.closed
        state.change(moment) { state in
            guard !state.isClosed else { return .none }
            acceptance = .accepted
            state.arrived.append(element)
            if urgency == .now { state.isUrgent = true }
            return state.isUrgent || state.count >= state.wanted ? .one : .none
        }
        return acceptance
    }

    /// Whether a taker that waits for many is woken for one.
    package enum Urgency: Sendable { case now, patient }

    package enum Acceptance: Sendable { case accepted, closed }

    /// The oldest element; waits for one, and is nil when the queue is closed and empty.
    package func take() -> Element? {
        state.wait { state -> Element?? in
            if let element = state.take() { return .some(element) }
            return state.isClosed ? .some(nil) : nil
        }
    }

    /// Everything there is, the oldest first.
    ///
    /// Waits until there is something; empty only when the queue is closed and empty.
    package func takeAll() -> [Element] {
        var all: [Element] = []
        takeAll(into: &all)
        return all
    }

    /// Replaces what `batch` holds by everything there is, as `takeAll` does.
    ///
    /// It waits for `wanted` of the patient elements, or for one of the others. The queue goes on with the storage of
    /// `batch`: two arrays change hands, and none is made.
    package func takeAll(into batch: inout [Element], waitingFor wanted: Int = 1) {
        batch.removeAll(keepingCapacity: true)
        let empty = batch
        batch = state.wait { $0.takeAll(leaving: empty, waitingFor: wanted) }
    }

    /// Replaces what `batch` holds by everything there is when `wanted` came or the time is over: perhaps by nothing.
    package func takeAll(into batch: inout [Element], waitingFor wanted: Int, nanoseconds: Int) {
        batch.removeAll(keepingCapacity: true)
        let empty = batch
        batch =
            state.wait(nanoseconds: nanoseconds) { $0.takeAll(leaving: empty, waitingFor: wanted) }
            ?? state.change(waking: .none) { $0.takeAll(leaving: empty, waitingFor: 1) } ?? empty
    }

    /// How many wait at this moment.
    package var count: Int { state.change(waking: .none) { $0.count } }

    /// Whether nothing waits at this moment.
    package var isEmpty: Bool { count == 0 }

    /// Ends the queue: what is in it can still be taken, nothing can be appended.
    package func close() { state.change(waking: .all) { $0.isClosed = true } }
}
