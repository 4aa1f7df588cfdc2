internal import Basics
package import Model

/// Who is present: leases in memory, renewed by heartbeats, one short lock each.
///
/// They are no part of any digest or rebuild, and gone when the process ends: an agent that lives is back with its next
/// heartbeat. The agents are spread over many tables, so that a million of them and their heartbeats do not queue.
package final class AgentLeases: Sendable {
    private static let tableCount = 64
    /// What a lease is worth without a word about the agent's period.
    package static let standardPeriod: Int64 = 30_000
    /// A lease outlives two heartbeats that were lost.
    private static let periods: Int64 = 3
    private static let bounds: ClosedRange<Int64> = 10_000...Int64(LeaseTable.longest) * 1000

    private let tables: [Lock<LeaseTable>]

    package init() { tables = (0..<Self.tableCount).map { _ in Lock(LeaseTable()) } }

    /// An agent's lease.
    package struct Lease: Sendable, Hashable {
        /// When it was heard last; nil when never since this server started.
        package let lastHeartbeat: Int64?
        package let until: Int64

        package func isActive(at now: Int64) -> Bool { until > now }
    }

    /// Makes an agent known that registered.
    package func enter(_ agent: AgentID) {
        let hash = Self.hash(agent.text)
        tables[Self.table(of: hash)].withLock { $0.enter(hash) }
    }

    /// Renews the lease of an agent; nil when it is not known.
    ///
    /// `period` is how far apart the agent says its heartbeats are, in milliseconds.
    package func beat(_ agent: AgentID, period: Int64?, now: Int64) -> Int64? {
        let length = min(
            max((period ?? Self.standardPeriod) * Self.periods, Self.bounds.lowerBound),
            Self.bounds.upperBound
        )
        let until = now + length
        let hash = Self.hash(agent.text)
        return tables[Self.table(of: hash)].withLock { table in
            guard table.beat(hash, now: now, until: until) else { return nil }
            return table.lease(of: hash)?.until
        }
    }

    /// Nil when the agent is not known here.
    package func lease(of agent: String) -> Lease? {
        let hash = Self.hash(agent)
        guard let lease = tables[Self.table(of: hash)].withLock({ $0.lease(of: hash) }) else { return nil }
        return Lease(lastHeartbeat: lease.lastBeat == .min ? nil : lease.lastBeat, until: lease.until)
    }

    /// How many leases run at `now`, to the second.
    package func activeCount(now: Int64) -> Int {
        tables.reduce(0) { sum, table in sum + table.withLock { $0.activeCount(now: now) } }
    }

    /// How many agents are known.
    package var count: Int { tables.reduce(0) { sum, table in sum + table.withLock(\.count) } }

    private static func hash(_ agent: String) -> UInt64 {
        var hasher = Hasher()
        agent.hashBytes(into: &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The upper bits choose the table, the lower ones the place in it.
    private static func table(of hash: UInt64) -> Int { Int(hash >> 58) }
}
