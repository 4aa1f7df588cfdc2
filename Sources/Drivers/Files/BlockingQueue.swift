/// A queue in the order of arrival, whose takers are threads that wait while it is empty.
///
/// It has no limit: whoever appends keeps the number of open requests bounded.
package final class BlockingQueue<Element: Sendable>: Sendable {
    private struct State {
        var arrived: [Element] = []
        /// The older ones, the oldest last.
        var next: [Element] = []
        var isClosed = false

        mutating func take() -> Element? {
            if next.isEmpty {
                swap(&next, &arrived)
                next.reverse()
            }
            return next.popLast()
        }
    }

    private let state = Monitor(State())

    package init() {}

    /// Appends and wakes one taker; answers `.closed`, and does nothing, after `close`.
    @discardableResult
    package func append(_ element: Element) -> Acceptance { append(element, .free) }

    /// Appends as `append` does, where the taker may release the queue before this returns.
    func appendLast(_ element: Element) -> Acceptance { append(element, .held) }

    private func append(_ element: Element, _ moment: Monitor<State>.Moment) -> Acceptance {
        state.change(waking: .one, moment) { state in
            guard !state.isClosed else { return .closed }
            state.arrived.append(element)
            return .accepted
        }
    }

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
    /// The queue goes on with the storage of `batch`: two arrays change hands, and none is made.
    package func takeAll(into batch: inout [Element]) {
        batch.removeAll(keepingCapacity: true)
        let empty = batch
        batch = state.wait { state -> [Element]? in
            guard !state.arrived.isEmpty || !state.next.isEmpty else { return state.isClosed ? [] : nil }
            var all = empty
            swap(&all, &state.arrived)
            if !state.next.isEmpty {
                all.insert(contentsOf: state.next.reversed(), at: 0)
                state.next.removeAll()
            }
            return all
        }
    }

    /// Whether nothing waits at this moment.
    package var isEmpty: Bool { state.change(waking: .none) { $0.arrived.isEmpty && $0.next.isEmpty } }

    /// Ends the queue: what is in it can still be taken, nothing can be appended.
    package func close() { state.change(waking: .all) { $0.isClosed = true } }
}
