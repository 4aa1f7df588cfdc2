internal import Agents
internal import Chat
internal import Devices
internal import Field
package import Ports
package import Views

/// The views that Prima keeps, and how their tables came to be.
package enum ViewCatalogue {
    package static let views: [any View] = [
        AgentsView(), FieldView(), DeviceSessionsView(), AgentRegistryView(), ChatView(), APIKeysView(),
    ]

    /// Forward only; a released one never changes, and a test holds the checksum of each.
    package static let migrations = [
        Migration(1, "agents", [.create(AgentsView.table)]),
        Migration(2, "field", FieldTables.all.map { .create($0) }),
        Migration(3, "devices", DeviceSessionsView().schema.tables.map { .create($0) }),
        Migration(4, "registry", AgentRegistryView().schema.tables.map { .create($0) }),
        Migration(5, "chat", ChatView().schema.tables.map { .create($0) }),
        Migration(6, "keys", APIKeysView().schema.tables.map { .create($0) }),
    ]
}
