internal import Basics
package import Model

/// A write to something that several devices may change at once, with what its device had seen by then.
///
/// A device's own writes follow each other in the order of the ledger. Nothing has seen a write that stands above it,
/// whatever its clock claims.
package struct CausalWrite: Sendable, Hashable {
    /// What a write had seen.
    package enum Past: Sendable, Hashable {
        case clock(VectorClock)
        /// All that stood below it: what says nothing of a clock follows everything.
        case everything
    }

    package let position: Position
    package let dot: Dot
    package let past: Past
    package let standing: Standing

    package init(position: Position, dot: Dot, past: Past, standing: Standing) {
        self.position = position
        self.dot = dot
        self.past = past
        self.standing = standing
    }

    /// Places a write of `device`, whose writes had used the counters up to `last`; 0 before its first.
    ///
    /// Counters of a device count its writes of every subject, so that a clock that was served for one of them says
    /// nothing wrong about another. A clock that counts the write itself already, as the events API's may, gives the
    /// write that counter.
    package init(
        position: Position,
        by device: AgentID,
        clock: VectorClock?,
        after last: Int64,
        standing: Standing
    ) {
        let claimed = clock?[device] ?? 0
        let counter = claimed > last ? claimed : min(max(last, 0) + 1, Limits.counter)
        guard let counter = EventNumber(counter) else { preconditionFailure("counters of clocks are in range") }
        self.init(
            position: position,
            dot: Dot(agent: device, counter: counter),
            past: clock.map { .clock($0) } ?? .everything,
            standing: standing
        )
    }

    package var device: AgentID { dot.agent }

    /// Whether this write had seen `other`.
    package func follows(_ other: CausalWrite) -> Bool {
        guard other.position < position else { return false }
        if other.device == device { return true }
        switch past {
        case .everything: return true
        case .clock(let clock): return other.dot.counter.value <= clock[other.device]
        }
    }

    package func isConcurrent(with other: CausalWrite) -> Bool {
        position != other.position && !follows(other) && !other.follows(self)
    }

    /// All that whoever holds this write has seen, as far as 64 devices go.
    package var clock: VectorClock {
        let seen: VectorClock
        switch past {
        case .everything: seen = VectorClock()
        case .clock(let clock): seen = clock
        }
        return seen.trimmed(toHold: [dot])
    }
}

extension VectorClock {
    /// This clock with `dots`, which count first where there is no room for all.
    ///
    /// A device that is left out counts as not seen: at worst a conflict is recorded that was none.
    package func trimmed(toHold dots: some Sequence<Dot>) -> VectorClock {
        var counters: [AgentID: Int64] = [:]
        var order: [AgentID] = []
        func take(_ agent: AgentID, _ counter: Int64) {
            if let known = counters[agent] {
                counters[agent] = max(known, counter)
            } else if order.count < Limits.clockEntries {
                order.append(agent)
                counters[agent] = counter
            }
        }
        for dot in dots { take(dot.agent, dot.counter.value) }
        for entry in entries { take(entry.agent, entry.counter) }
        // At most 64, each of them once and in range.
        return (try? VectorClock(order.map { ($0, counters[$0] ?? 1) })) ?? self
    }
}
