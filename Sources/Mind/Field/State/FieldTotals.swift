package import Model

/// The few numbers of the whole field: what one row holds.
package struct FieldTotals: Sendable, Hashable {
    /// How long somebody who said something is active.
    package static let activity: Int64 = 5 * 60 * 1000

    package var share = Share.zero
    /// Rooms with somebody in them.
    package var activeRooms: Int64 = 0
    /// When the last event that the field takes notice of was received, by its head; 0 for never.
    package var lastUpdate: Int64 = 0
    /// When the last event of all was received; 0 for never.
    package var received: Int64 = 0
    /// Who was seen in the five minutes before that.
    package var activeNodes: Int64 = 0
    package var particles = 0
    package var fields = 0
    /// How often something was forgotten: what was read before may be gone since.
    package var forgets: Int64 = 0

    package init() {}
}

/// What one node has said.
package struct FieldNode: Sendable, Hashable {
    /// The position of the first event of this node.
    package let first: Position
    /// When its last event was received.
    package var lastSeen: Int64
    /// When its last event that the field takes notice of was received, by its head; 0 for never.
    package var lastUpdate: Int64 = 0
    /// Events of the field with a body.
    package var events: Int64 = 0
    package var share = Share.zero
    /// Rooms that it is in.
    package var rooms: Int64 = 0
}
