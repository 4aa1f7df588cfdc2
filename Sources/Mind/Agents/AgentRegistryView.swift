internal import Basics
package import Model
package import Ports
internal import Views

/// The agents that registered: the table `agent_registry`.
///
/// The latest registration holds. Its time stands in `last_heartbeat`; later heartbeats are leases in memory, since
/// they depend on the clock and would drown the ledger.
package struct AgentRegistryView: View {
    package static let table = Table(
        "agent_registry",
        key: [.text("agent_id")],
        columns: [
            .text("public_key"), .timestamp("last_heartbeat"), .text("primary_region", .optional),
            .json("backup_regions"), .json("capabilities"), .text("sacred_name", .optional),
        ],
        indexes: [.on("primary_region", "last_heartbeat").falling("last_heartbeat")]
    )

    package let schema = ViewSchema("agent_registry", version: 1, tables: [table])

    package let interest = [AgentRegistration.type]

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events where event.head.type == AgentRegistration.type {
            // What others say of an agent is no registration, and would be forgotten with them.
            guard event.head.owner.text.hasSameBytes(as: event.head.agent.text), let body = event.body,
                let registration = try? AgentRegistration(body.fields)
            else { continue }
            let entry = AgentRegistryEntry(registration, of: event.head)
            try transaction.put(entry.row, in: Self.table)
        }
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        try transaction.delete([.text(subject.text)], from: Self.table)
    }
}

/// A row of `agent_registry`.
package struct AgentRegistryEntry: Sendable, Hashable {
    package let agent: String
    package let publicKey: String
    /// When it registered last.
    package let registered: Int64
    package let primaryRegion: String
    /// JSON.
    package let backupRegions: String
    /// JSON.
    package let capabilities: String
    package let sacredName: String?

    /// The region of an agent that names none: the one where it registered.
    package static let localRegion = "local"

    init(_ registration: AgentRegistration, of head: EventHead) {
        agent = head.agent.text
        publicKey = registration.publicKey
        registered = head.received.milliseconds
        primaryRegion = registration.primaryRegion ?? Self.localRegion
        backupRegions = Self.json(.array(registration.backupRegions.map(Value.text)))
        capabilities = Self.json(.map(registration.capabilities))
        sacredName = registration.sacredName
    }

    private static func json(_ value: Value) -> String {
        var writer = JSONWriter()
        writer.value(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    init(_ row: Row) throws(StoreError) {
        guard row.count == 7, let agent = row[0].text, let publicKey = row[1].text, let registered = row[2].integer,
            let primaryRegion = row[3].text, let backupRegions = row[4].text, let capabilities = row[5].text
        else { throw StoreError(.corrupt, in: "read a row of agent_registry") }
        self.agent = agent
        self.publicKey = publicKey
        self.registered = registered
        self.primaryRegion = primaryRegion
        self.backupRegions = backupRegions
        self.capabilities = capabilities
        sacredName = row[6].text
    }

    var row: Row {
        [
            .text(agent), .text(publicKey), .integer(registered), .text(primaryRegion), .text(backupRegions),
            .text(capabilities), sacredName.map(RowValue.text) ?? .null,
        ]
    }
}
