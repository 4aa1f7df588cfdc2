package import Agents
package import Capability
package import Chat
package import Devices
package import Field
package import Model
package import Ports
package import Roles
package import Sync

/// Everything that Prima can do, declared: a file for each family, a page for each capability.
///
/// A declaration parses nothing and knows no rule: shapes parse, the services of the mind decide.
package struct Repertoire: Sendable {
    /// What stands behind the declarations.
    package struct Services: Sendable {
        package var ledger: any Ledger
        package var devices: DeviceGate
        package var sessions: DeviceDirectory
        package var keys: APIKeys
        package var agents: AgentRegistry
        package var chat: Chat
        package var sync: FieldSync
        package var field: FieldReader
        package var mind: SymthaeMind
        package var limits: RateLimits
        /// Returns when the views show a position.
        package var reach: @Sendable (Position) async throws(StoreError) -> Void
        package var vitals: @Sendable () -> Vitals

        package init(
            ledger: any Ledger,
            devices: DeviceGate,
            sessions: DeviceDirectory,
            keys: APIKeys,
            agents: AgentRegistry,
            chat: Chat,
            sync: FieldSync,
            field: FieldReader,
            mind: SymthaeMind,
            limits: RateLimits,
            reach: @escaping @Sendable (Position) async throws(StoreError) -> Void,
            vitals: @escaping @Sendable () -> Vitals
        ) {
            self.ledger = ledger
            self.devices = devices
            self.sessions = sessions
            self.keys = keys
            self.agents = agents
            self.chat = chat
            self.sync = sync
            self.field = field
            self.mind = mind
            self.limits = limits
            self.reach = reach
            self.vitals = vitals
        }
    }

    let services: Services

    package init(_ services: Services) { self.services = services }

    package var capabilities: [Capability] {
        example + devices + chat + agents + mind + keys + field + rooms + archaeology + system + monitoring + state
    }

    /// The classes of limits, as capabilities name them.
    static func limit(_ limit: LimitClass) -> RateClass { RateClass(limit.rawValue) }
}

/// How the server does, as it was last counted: what health and metrics tell.
package struct Vitals: Sendable {
    package var uptimeSeconds = 0.0
    /// Requests that were answered.
    package var requests: Int64 = 0
    package var averageMilliseconds = 0.0
    package var p95Milliseconds = 0.0
    package var p99Milliseconds = 0.0
    package var connections: Int64 = 0
    package var residentBytes: Int64 = 0
    package var migrations: Int64 = 0
    package var latestMigration = ""
    /// Whether every configured store answers.
    package var isSound = true

    package init() {}
}
