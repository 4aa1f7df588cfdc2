/// Who may call a capability.
package enum Access: Sendable, Hashable {
    /// Anybody, from anywhere.
    case anyone
    /// A device that shows its token.
    case device
    /// The operator, or a key with that scope; a device too, for itself, where nothing is administered. Without an
    /// operator's token: whoever reaches the server.
    case scope(Scope)

    package enum Scope: String, Sendable, Hashable, CaseIterable { case read, write, admin }
}
