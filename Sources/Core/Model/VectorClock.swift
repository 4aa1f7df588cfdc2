import Basics

/// What one replica has seen of every agent: at most 64 counters, each 1 to 2⁵³ − 1; an agent not named has 0.
///
/// Entries are kept in canonical order (shorter names first, then byte by byte).
package struct VectorClock: Sendable, Hashable {
    package enum Order: Sendable, Hashable { case before, equal, after, concurrent }

    package enum Invalid: Error, Hashable {
        case tooManyEntries(Int)
        case counterOutOfRange(AgentID)
        case duplicate(AgentID)
    }

    package struct Entry: Sendable, Hashable {
        package let agent: AgentID
        package let counter: Int64
    }

    package private(set) var entries: [Entry] = []

    /// The clock that has seen nothing.
    package init() {}

    package init(_ counters: [(AgentID, Int64)]) throws(Invalid) {
        guard counters.count <= Limits.clockEntries else { throw .tooManyEntries(counters.count) }
        for (agent, counter) in counters where !(1...Limits.counter).contains(counter) {
            throw .counterOutOfRange(agent)
        }
        entries = counters.map(Entry.init).sorted { Self.order($0.agent, $1.agent) < 0 }
        for (one, next) in zip(entries, entries.dropFirst()) where one.agent == next.agent {
            throw .duplicate(one.agent)
        }
    }

    /// Takes entries that are valid, unique and in canonical order.
    init(canonical entries: [Entry]) { self.entries = entries }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// What was seen of `agent`; 0 when nothing was.
    package subscript(agent: AgentID) -> Int64 {
        entries.first { $0.agent == agent }?.counter ?? 0
    }

    /// How this clock stands to another.
    package func compare(_ other: VectorClock) -> Order {
        switch (isCovered(by: other), other.isCovered(by: self)) {
        case (true, true): .equal
        case (true, false): .before
        case (false, true): .after
        case (false, false): .concurrent
        }
    }

    /// Whether `other` has seen all that this one has.
    package func isCovered(by other: VectorClock) -> Bool {
        entries.allSatisfy { $0.counter <= other[$0.agent] }
    }

    /// Both clocks in one: the larger counter of each agent.
    ///
    /// Throws when that is more than 64 agents.
    package func merged(with other: VectorClock) throws(Invalid) -> VectorClock {
        var merged = entries.map { ($0.agent, max($0.counter, other[$0.agent])) }
        for entry in other.entries where self[entry.agent] == 0 { merged.append((entry.agent, entry.counter)) }
        return try VectorClock(merged)
    }

    /// This clock after one more event of `agent`.
    package func incremented(_ agent: AgentID) throws(Invalid) -> VectorClock {
        try setting(agent, to: self[agent] + 1)
    }

    /// This clock with another counter for `agent`.
    func setting(_ agent: AgentID, to counter: Int64) throws(Invalid) -> VectorClock {
        try VectorClock(entries.filter { $0.agent != agent }.map { ($0.agent, $0.counter) } + [(agent, counter)])
    }

    /// Negative, zero or positive, as the encoded names compare.
    static func order(_ one: AgentID, _ other: AgentID) -> Int { Fields.order(one.text, other.text) }
}

extension VectorClock.Entry {
    fileprivate init(_ pair: (AgentID, Int64)) {
        agent = pair.0
        counter = pair.1
    }
}
