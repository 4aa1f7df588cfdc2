internal import Basics

/// The share of writes that could be read within a target: measured on ordinary writes, by whoever waits for a view.
package final class AwarenessMeter: Sendable {
    private struct State {
        var aware = 0
        var all = 0
    }

    /// How fresh is fresh, in milliseconds.
    package let target: Int64
    private let state = Lock(State())

    package init(target: Int64 = 1_000) { self.target = target }

    /// Notes how long after its acknowledgement a write could be read; nil when nobody saw it in time.
    package func saw(after milliseconds: Int64?) {
        let isAware = milliseconds.map { $0 <= target } ?? false
        state.withLock { state in
            state.all += 1
            if isAware { state.aware += 1 }
        }
    }

    /// (1 + seen in time) ÷ (2 + all): 0.5 before the first.
    package var awareness: Measure {
        let (aware, all) = state.withLock { ($0.aware, $0.all) }
        let value = all == 0 ? nil : Double(1 + aware) / Double(2 + all)
        return Measure(value, of: all, prior: 0.5)
    }
}
