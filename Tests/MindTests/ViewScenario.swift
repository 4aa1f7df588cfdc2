import Basics
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Views

/// A ledger that tests fill, and what a view of it must hold.
struct ViewScenario: Sendable {
    let ledger: MemoryLedger

    init() throws {
        try Crypto.prepare()
        ledger = MemoryLedger(clock: StillClock(), randomness: SystemRandomness())
    }

    /// Appends one event; `subject` nil means the agent's own.
    @discardableResult
    func say(_ agent: String, _ value: Int64, about subject: String? = nil) async throws -> Position {
        let event = Event(
            agent: try AgentID(agent),
            type: .touch,
            body: try Body(Fields([("value", .integer(value))])),
            subject: try subject.map { try SubjectID($0) }
        )
        let receipt = try await ledger.append([Submission(event, by: .open)])
        return try requireNotNil(receipt.positions.first)
    }

    @discardableResult
    func forget(_ subject: String) async throws -> Position? {
        try await ledger.forget(SubjectID(subject), by: .token).position
    }

    /// Appends random events of a few agents about a few subjects, with forgets between them.
    func fill(_ count: Int, _ random: inout SeededRandom, forgets: Int = 60) async throws {
        for _ in 0..<count {
            if random.chance(forgets) {
                try await forget("s\(random.below(4))")
            } else {
                let subject = random.chance(700) ? "s\(random.below(4))" : nil
                try await say("a\(random.below(5))", Int64(random.below(1000)), about: subject)
            }
        }
    }

    /// The rows of `agents` at the end of the ledger, counted from scratch.
    func expectedAgents() async throws -> [AgentEntryModel] {
        var query = LedgerQuery()
        query.limit = 10_000
        var agents: [String: AgentEntryModel] = [:]
        for event in try await ledger.read(query).events {
            let former = agents[event.head.agent.text]
            agents[event.head.agent.text] = AgentEntryModel(
                agent: event.head.agent.text,
                events: (former?.events ?? 0) + 1,
                first: former?.first ?? event.position.index,
                last: event.position.index,
                subject: event.head.owner.text,
                body: event.body?.encoded
            )
            guard event.head.type == .forget else { continue }
            for entry in agents.values where entry.subject == event.head.owner.text && entry.last < event.position.index
            {
                agents[entry.agent]?.body = nil
            }
        }
        return agents.values.sorted { $0.agent < $1.agent }
    }

    func rows(of rows: any Rows) async throws -> [AgentEntryModel] {
        try await rows.read { snapshot throws(StoreError) in
            try snapshot.rows(Scan(AgentsView.table)).map { row throws(StoreError) in
                let entry = try AgentEntry(row)
                return AgentEntryModel(
                    agent: entry.agent,
                    events: entry.events,
                    first: entry.first,
                    last: entry.last,
                    subject: entry.subject,
                    body: entry.body
                )
            }
        }
    }
}

/// A row of `agents`, by the contract's words.
struct AgentEntryModel: Sendable, Hashable {
    let agent: String
    let events: Int64
    let first: Int64
    let last: Int64
    let subject: String
    var body: [UInt8]?
}

struct StillClock: WallClock {
    func milliseconds() -> Int64 { 1_781_954_400_000 }
}

func requireNotNil<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
}

struct Missing: Error {}
