/// One event of one agent: its name and its counter.
package struct Dot: Sendable, Hashable {
    package let agent: AgentID
    package let counter: EventNumber

    package init(agent: AgentID, counter: EventNumber) {
        self.agent = agent
        self.counter = counter
    }
}

/// A version of something: the write that made it, and what that write had seen.
///
/// The dot tells two writes of one agent apart even when both had seen the same; the past stays as small as a vector
/// clock, at most 64 agents. (Dotted version vectors, Preguiça et al.)
package struct DottedVersion: Sendable, Hashable {
    package let dot: Dot
    package let past: VectorClock

    package enum Invalid: Error, Hashable {
        /// The past holds the dot: a write cannot have seen itself.
        case dotInItsPast
        case tooManyAgents
    }

    package init(dot: Dot, past: VectorClock) throws(Invalid) {
        guard past[dot.agent] < dot.counter.value else { throw .dotInItsPast }
        do { _ = try past.setting(dot.agent, to: dot.counter.value) } catch { throw .tooManyAgents }
        self.dot = dot
        self.past = past
    }

    /// Whether whoever has seen `clock` has seen this write.
    package func isSeen(by clock: VectorClock) -> Bool { dot.counter.value <= clock[dot.agent] }

    /// How this version stands to another: a write is before whatever had seen it.
    package func compare(_ other: DottedVersion) -> VectorClock.Order {
        if dot == other.dot { return .equal }
        switch (isSeen(by: other.past), other.isSeen(by: past)) {
        case (true, _): return .before
        case (_, true): return .after
        case (false, false): return .concurrent
        }
    }

    /// All that whoever holds this version has seen: its past and itself.
    package var clock: VectorClock {
        // The initializer made sure that this fits.
        (try? past.setting(dot.agent, to: dot.counter.value)) ?? past
    }
}
