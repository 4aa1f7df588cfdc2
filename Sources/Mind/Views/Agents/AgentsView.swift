internal import Basics
package import Model
package import Ports

/// What each agent has said: how many events, the first, the last, and the last one's body.
package struct AgentsView: View {
    package static let table = Table(
        "agents",
        key: [.text("agent")],
        columns: [
            .integer("events"), .integer("first_position"), .integer("last_position"), .text("last_subject"),
            .blob("last_body", .optional),
        ],
        indexes: [.on("last_subject")]
    )

    package let schema = ViewSchema("agents", version: 1, tables: [table])

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        var places: [AgentID: Int] = [:]
        var said: [AgentEntry] = []
        for event in events {
            if let place = places[event.head.agent] {
                said[place].add(event)
            } else {
                places[event.head.agent] = said.count
                said.append(AgentEntry(event))
            }
        }
        let known = try transaction.get(said.map(\.key), in: Self.table)
        for (entry, row) in zip(said, known) {
            let former = try row.map { row throws(StoreError) in try AgentEntry(row) }
            try transaction.put(entry.after(former).row, in: Self.table)
        }
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        // Every body here is below the forget: what comes after it has not been folded in.
        var scan = Scan(Self.table, by: ["last_subject"], prefix: [.text(subject.text)])
        scan.limit = 256
        while true {
            let rows = try transaction.rows(scan)
            for row in rows {
                var entry = try AgentEntry(row)
                guard entry.body != nil else { continue }
                entry.body = nil
                try transaction.put(entry.row, in: Self.table)
            }
            guard rows.count == scan.limit, let last = rows.last else { return }
            scan.from = .excluding(last[0])
        }
    }
}

/// A row of `agents`.
package struct AgentEntry: Sendable, Hashable {
    package let agent: String
    package var events: Int64
    package var first: Int64
    package var last: Int64
    /// Whose data the last body is.
    package var subject: String
    /// Canonical CBOR; nil when it was forgotten.
    package var body: [UInt8]?

    init(_ event: StoredEvent) {
        agent = event.head.agent.text
        events = 1
        first = event.position.index
        last = first
        subject = event.head.owner.text
        body = event.body?.encoded
    }

    /// Reads a row; `corrupt` when it is not one that this view writes.
    package init(_ row: Row) throws(StoreError) {
        guard row.count == 6, let agent = row[0].text, let events = row[1].integer, let first = row[2].integer,
            let last = row[3].integer, let subject = row[4].text
        else { throw StoreError(.corrupt, in: "read a row of agents") }
        self.agent = agent
        self.events = events
        self.first = first
        self.last = last
        self.subject = subject
        body = row[5].blob
    }

    var key: RowKey { [.text(agent)] }

    var row: Row {
        [
            .text(agent), .integer(events), .integer(first), .integer(last), .text(subject),
            body.map(RowValue.blob) ?? .null,
        ]
    }

    mutating func add(_ event: StoredEvent) {
        events += 1
        last = event.position.index
        subject = event.head.owner.text
        body = event.body?.encoded
    }

    /// What was said up to now, when this was said after `former`.
    func after(_ former: AgentEntry?) -> AgentEntry {
        guard let former else { return self }
        var entry = self
        entry.events += former.events
        entry.first = former.first
        return entry
    }
}
