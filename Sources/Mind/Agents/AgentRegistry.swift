internal import Basics
package import Model
package import Ports

/// What agents do with Prima: register, say that they live, see who is there, and say what helped them.
package struct AgentRegistry: Sendable {
    private let ledger: any Ledger
    private let rows: any Rows
    private let leases: AgentLeases
    private let reach: @Sendable (Position) async throws(StoreError) -> Void

    /// `reach` returns when the view of the registry has applied a position.
    package init(
        ledger: any Ledger,
        in rows: any Rows,
        leases: AgentLeases,
        reach: @escaping @Sendable (Position) async throws(StoreError) -> Void
    ) {
        self.ledger = ledger
        self.rows = rows
        self.leases = leases
        self.reach = reach
    }

    package enum Failure: Error, Sendable {
        /// Nobody registered by that name, or nothing stands at that position.
        case notFound
        /// The agent signs what it writes: it is appended signed, or not at all.
        case signsItsOwn
        case tooLarge
        case unavailable(StoreError, isUncertain: Bool)
    }

    // MARK: Registering

    /// Registers an agent, or registers it anew.
    package func register(
        _ agent: AgentID,
        _ registration: AgentRegistration,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> Position {
        let body = registration.body
        guard !body.isEmpty else { throw .tooLarge }
        let event = Event(agent: agent, type: AgentRegistration.type, body: body, at: now)
        let position = try await append(event, by: writer)
        do throws(StoreError) { try await reach(position) } catch { throw .unavailable(error, isUncertain: false) }
        leases.enter(agent)
        return position
    }

    // MARK: Living

    /// Renews an agent's lease; answers until when it runs.
    ///
    /// Nothing is written: one lock for an agent that is known, and a look at its row for one that this process has not
    /// seen yet.
    package func heartbeat(_ agent: AgentID, period: Int64?, now: Int64) async throws(Failure) -> Int64 {
        if let until = leases.beat(agent, period: period, now: now) { return until }
        let isRegistered: Bool
        do throws(StoreError) {
            isRegistered = try await rows.read(.live) { snapshot throws(StoreError) in
                try snapshot.get([.text(agent.text)], in: AgentRegistryView.table) != nil
            }
        } catch { throw .unavailable(error, isUncertain: false) }
        guard isRegistered else { throw .notFound }
        leases.enter(agent)
        guard let until = leases.beat(agent, period: period, now: now) else { throw .notFound }
        return until
    }

    // MARK: Listing

    package struct Listing: Sendable {
        package let agents: [Agent]
        /// Where the next page begins; nil at the end.
        package let next: Cursor?
        /// What the list shows, -1 before the first event.
        package let position: Int64
    }

    package struct Agent: Sendable, Hashable {
        package let entry: AgentRegistryEntry
        /// When it was heard last: a heartbeat, or else its registration.
        package let lastHeartbeat: Int64
        package let isActive: Bool
    }

    /// Which agents are listed.
    package struct Question: Sendable {
        package var region: String?
        package var presence = Presence.any
        package var limit = 100
        package var cursor: Cursor?

        package enum Presence: Sendable, Hashable { case any, active, inactive }

        package init() {}
    }

    /// The place behind a listed agent.
    package struct Cursor: Sendable, Hashable {
        let registered: Int64
        let agent: String

        package var text: String { "\(registered):\(agent)" }

        /// Nil when the text is no cursor.
        package init?(_ text: String) {
            guard let colon = text.firstIndex(of: ":"), let registered = Int64(text[..<colon]) else { return nil }
            self.registered = registered
            agent = String(text[text.index(after: colon)...])
        }

        init(_ entry: AgentRegistryEntry) {
            registered = entry.registered
            agent = entry.agent
        }
    }

    /// So many rows are looked at for one page, whoever is active.
    private static let examined = 10_000

    /// Agents by name; those of a region with the latest registration first.
    package func list(_ question: Question, now: Int64) async throws(Failure) -> Listing {
        let leases = leases
        do throws(StoreError) {
            return try await rows.read(.live) { snapshot throws(StoreError) in
                var agents: [Agent] = []
                var looked = 0
                var last: AgentRegistryEntry?
                var isAtEnd = true
                try snapshot.scan(Self.scan(for: question)) { row throws(StoreError) in
                    let entry = try AgentRegistryEntry(row)
                    if let cursor = question.cursor, !Self.isBehind(entry, cursor, question) { return .next }
                    if agents.count >= question.limit || looked >= Self.examined {
                        isAtEnd = false
                        return .stop
                    }
                    looked += 1
                    last = entry
                    let agent = Self.agent(entry, leases.lease(of: entry.agent), now)
                    if question.presence.admits(agent) { agents.append(agent) }
                    return .next
                }
                let position = try snapshot.position(of: "agent_registry")?.index ?? -1
                return Listing(agents: agents, next: isAtEnd ? nil : last.map { Cursor($0) }, position: position)
            }
        } catch { throw .unavailable(error, isUncertain: false) }
    }

    private static func scan(for question: Question) -> Scan {
        guard let region = question.region else {
            var scan = Scan(AgentRegistryView.table)
            scan.from = question.cursor.map { .excluding(.text($0.agent)) }
            return scan
        }
        var scan = Scan(
            AgentRegistryView.table,
            by: ["primary_region", "last_heartbeat"],
            prefix: [.text(region)]
        )
        scan.order = .descending
        scan.to = question.cursor.map { .including(.integer($0.registered)) }
        return scan
    }

    /// Agents that registered in the same millisecond stand in the order of their names, backwards.
    private static func isBehind(_ entry: AgentRegistryEntry, _ cursor: Cursor, _ question: Question) -> Bool {
        guard question.region != nil, entry.registered == cursor.registered else { return true }
        return entry.agent.byteOrder(cursor.agent) < 0
    }

    private static func agent(_ entry: AgentRegistryEntry, _ lease: AgentLeases.Lease?, _ now: Int64) -> Agent {
        Agent(
            entry: entry,
            lastHeartbeat: max(entry.registered, lease?.lastHeartbeat ?? .min),
            isActive: lease?.isActive(at: now) ?? false
        )
    }

    // MARK: Confirming

    package static let confirmType = EventType(unchecked: "agent.confirm")

    /// Says whether what stands at a position helped; answers where that stands, and who wrote what was confirmed.
    ///
    /// The score that follows from it is the fold's.
    package func confirm(
        _ position: Position,
        helped: Bool,
        as confirmer: AgentID,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> (position: Position, author: AgentID) {
        var query = LedgerQuery()
        query.after = position.index - 1
        query.before = position.index + 1
        let found: StoredEvent?
        do throws(StoreError) { found = try await ledger.read(query).events.first } catch {
            throw .unavailable(error, isUncertain: false)
        }
        guard let found else { throw .notFound }
        let fields = Fields(unique: [("position", .integer(position.index)), ("helped", .bool(helped))])
        guard let body = try? Body(fields) else { preconditionFailure("a number and a truth are a small body") }
        let event = Event(agent: confirmer, type: Self.confirmType, body: body, at: now, causes: [position])
        return (try await append(event, by: writer), found.head.agent)
    }

    private func append(_ event: Event, by writer: Writer) async throws(Failure) -> Position {
        do throws(AppendError) {
            return try await ledger.append([Submission(event, by: writer)]).positions[0]
        } catch {
            switch error {
            case .store(let error, let uncertain): throw .unavailable(error, isUncertain: uncertain)
            case .refused(let refusals):
                if case .agentHasKey? = refusals.first?.reason { throw .signsItsOwn }
                throw .unavailable(StoreError(.unexpected, in: "append an agent's event"), isUncertain: false)
            }
        }
    }
}

extension AgentRegistry.Question.Presence {
    fileprivate func admits(_ agent: AgentRegistry.Agent) -> Bool {
        switch self {
        case .any: true
        case .active: agent.isActive
        case .inactive: !agent.isActive
        }
    }
}
