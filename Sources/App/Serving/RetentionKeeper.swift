internal import Model
internal import Ports
internal import Stores
internal import Views

/// Drops what is older than the configuration keeps, by the ledger's own time.
struct RetentionKeeper: Sendable {
    let ledger: SegmentLedger
    let projector: Projector
    let log: Log

    /// Works until the task is cancelled.
    func run(days: Int, clock: any Clock<Duration>) async {
        while !Task.isCancelled {
            do {
                if let first = try await keep(days: days) {
                    log.write(.info, "retention", [Report.Field("first", .number(first))])
                }
            } catch {
                log.write(.warning, "retention failed: \(error)")
            }
            try? await clock.sleep(for: .seconds(60))
        }
    }

    /// The first position that is still readable; nil when nothing was dropped.
    private func keep(days: Int) async throws(StoreError) -> Int64? {
        let extent = ledger.extent
        guard extent.size > extent.first else { return nil }
        var newest = LedgerQuery()
        newest.order = .descending
        newest.limit = 1
        guard let last = try await ledger.read(newest).events.first else { return nil }
        var oldest = LedgerQuery()
        oldest.from = last.head.received.milliseconds - Int64(days) * 86_400_000
        oldest.limit = 1
        guard let kept = try await ledger.read(oldest).events.first, kept.position.index > extent.first else {
            return nil
        }
        let due = ledger.retainable(from: kept.position)
        guard due.index > extent.first else { return nil }
        // No view may still need what goes: each has applied it, and keeps a base that it can be made again from. A
        // base is a copy of the view, so the one that there is serves as long as it can.
        try await projector.reached(Position(due.index - 1))
        var base = try await projector.lowestBase()
        if (base?.index ?? -1) < due.index - 1 { base = try await projector.keepBases() }
        guard let base else { return nil }
        let first = try await ledger.retain(from: min(due, Position(base.index + 1))).index
        return first > extent.first ? first : nil
    }
}
