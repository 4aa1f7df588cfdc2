internal import Synchronization

/// What a loop has counted since it began: written by its thread, readable from any.
package final class NetCounters: Sendable {
    /// A number that only grows.
    package struct Counter: ~Copyable, Sendable {
        private let number = Atomic(0)

        /// One thread adds, so that no locked addition is needed.
        func add(_ amount: Int = 1) {
            number.store(number.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
        }

        func set(_ value: Int) { number.store(value, ordering: .relaxed) }

        package var value: Int { number.load(ordering: .relaxed) }
    }

    package let accepted = Counter()
    package let closed = Counter()
    /// Connections that were one too many.
    package let turnedAway = Counter()
    package let requests = Counter()
    /// Requests that the wire refused.
    package let refused = Counter()
    /// Requests that met too much load.
    package let shed = Counter()
    /// Followers that were too slow for their buffer.
    package let leftBehind = Counter()
    package let bytesReceived = Counter()
    package let bytesSent = Counter()

    let buffered = Counter()
    /// What the loop's connections hold at this moment: partial requests, and what readers have not taken.
    package var bytesBuffered: Int { buffered.value }
}
