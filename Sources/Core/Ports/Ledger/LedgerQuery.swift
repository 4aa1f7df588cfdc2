package import Model

/// Which events to read.
package struct LedgerQuery: Sendable, Hashable {
    package enum Order: Sendable, Hashable { case ascending, descending }

    /// Exclusive bounds; -1 and nil leave the side open.
    package var after: Int64 = -1
    package var before: Int64?
    /// An event matches when it is one of each list; an empty list matches all.
    package var agents: [AgentID] = []
    package var subjects: [SubjectID] = []
    package var types: [EventType] = []
    package var rooms: [RoomID] = []
    /// Received milliseconds: from inclusive, to exclusive.
    package var from: Int64?
    package var to: Int64?
    package var order = Order.ascending
    package var limit = 100
    /// A page ends early when its events reach this many bytes, but holds at least one.
    package var byteLimit = 8 << 20

    package init() {}

    package var isFiltered: Bool {
        !(agents.isEmpty && subjects.isEmpty && types.isEmpty && rooms.isEmpty) || from != nil || to != nil
    }

    /// Whether an event is asked for, by all but its position.
    package func matches(_ head: EventHead) -> Bool {
        (agents.isEmpty || agents.contains(head.agent))
            && (subjects.isEmpty || subjects.contains(head.owner))
            && (types.isEmpty || types.contains(head.type))
            && (rooms.isEmpty || head.room.map(rooms.contains) ?? false)
            && (from.map { head.received.milliseconds >= $0 } ?? true)
            && (to.map { head.received.milliseconds < $0 } ?? true)
    }
}

/// A page of events.
package struct LedgerPage: Sendable {
    package let events: [StoredEvent]
    /// Where the next page begins: the value for `after` (for `before` when descending); nil at the end.
    package let next: Int64?
    /// Everything up to here (down to here when descending) was looked at, matching or not.
    package let examined: Int64
    package let durable: Int64

    package init(events: [StoredEvent], next: Int64?, examined: Int64, durable: Int64) {
        self.events = events
        self.next = next
        self.examined = examined
        self.durable = durable
    }
}
