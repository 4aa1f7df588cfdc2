internal import Agents
internal import Chat
internal import Devices
internal import Field
package import Ports
package import Views

/// The views that Prima keeps, and how their tables came to be.
package enum ViewCatalogue {
    package static let views: [any View] = [
        AgentsView(), FieldView(), DeviceSessionsView(), APIKeysView(), AgentRegistryView(), ChatView(),
    ]

    /// Forward only; a released one never changes, and a test holds the checksum of each.
    package static let migrations = [
        Migration(1, "agents", [.create(AgentsView.table)]),
        Migration(2, "field", FieldTables.all.map { .create($0) }),
        Migration(3, "devices", [.create(DeviceSessionsView.table), .create(APIKeysView.table)]),
        Migration(4, "agent_registry", [.create(AgentRegistryView.table)]),
        Migration(5, "chat", [.create(ChatView.messages), .create(ChatView.conversations)]),
    ]
}
