package import Basics

/// An event as the ledger holds it.
package struct StoredEvent: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case open(Salt, Body)
        /// The subject was forgotten: body and salt are gone, the rest stands.
        case forgotten
    }

    package let head: EventHead
    /// What is hashed, signed and proved.
    package let canonical: [UInt8]
    /// The leaf hash: SHA-256(0x00 ‖ canonical bytes).
    package let hash: ContentHash
    package let content: Content

    package init(head: EventHead, canonical: [UInt8], hash: ContentHash, content: Content) {
        self.head = head
        self.canonical = canonical
        self.hash = hash
        self.content = content
    }

    package var position: Position { head.position }

    /// The body; nil when it was forgotten.
    package var body: Body? {
        guard case .open(_, let body) = content else { return nil }
        return body
    }
}
