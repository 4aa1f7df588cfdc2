package import Model

/// What a device sends at once: 1 to 50 events, each read by itself.
package struct Batch: Sendable, Hashable {
    package static let sizes = 1...50

    /// Who speaks: the token's device, or else the one that the body names.
    package let device: AgentID
    package let writer: Writer
    package let events: [SyncedEvent]
    /// What the device had seen, for events without a clock of their own: what it said, or what it was last served.
    package let clock: VectorClock

    /// Nil unless there are 1 to 50 events.
    package init?(of device: AgentID, by writer: Writer, _ events: [SyncedEvent], clock: VectorClock) {
        guard Self.sizes.contains(events.count) else { return nil }
        self.device = device
        self.writer = writer
        self.events = events
        self.clock = clock
    }

    /// How old or how new an event may be, in milliseconds.
    enum Age {
        static let ahead: Int64 = 60_000
        static let behind: Int64 = 24 * 60 * 60 * 1000
    }

    /// What is wrong with the age of an event at `now`; nil when nothing is.
    ///
    /// A batch with an OFFLINE_SYNC brings what was kept while the device was away.
    func fault(ofAge at: Int64, now: Int64) -> SyncRefusal? {
        if at > now + Age.ahead {
            let message = "it is more than 60 seconds ahead of the server's clock"
            return SyncRefusal(.badRequest, [FieldProblem(path: "/timestamp", code: .outOfRange, message: message)])
        }
        guard at < now - Age.behind, !events.contains(where: \.isOfflineSync) else { return nil }
        let message = "it is more than 24 hours old, and no OFFLINE_SYNC came with it"
        return SyncRefusal(.badRequest, [FieldProblem(path: "/timestamp", code: .outOfRange, message: message)])
    }
}
