/// Who says something: an agent, a device or a person's program.
package struct AgentID: Identifier {
    /// Prima itself; nobody else speaks in this name.
    package static let prima = AgentID(unchecked: "prima")

    package let text: String
    package init(unchecked text: String) { self.text = text }

    package var isReserved: Bool { self == .prima }
}
