internal import Model
internal import Ports

/// Takes a view one page further.
struct ViewFeed: Sendable {
    let ledger: any Ledger
    let rows: any Rows
    let limits: ProjectorLimits

    /// Applies the events after `after`, at most those up to `last`, in one transaction; returns the position reached.
    ///
    /// Somebody else may have brought the view elsewhere, or a commit may have failed after it was done: the
    /// transaction looks first, changes nothing then, and its answer says where to go on.
    func step(
        _ view: any View,
        _ generation: Generation,
        after: Int64,
        through last: Int64 = .max
    ) async throws(StoreError) -> ViewStep {
        var query = LedgerQuery()
        query.after = after
        query.before = last == .max ? nil : last + 1
        query.limit = limits.pageEvents
        query.byteLimit = limits.pageBytes
        let page = try await ledger.read(query)
        try check(page, after: after)
        let events = page.events
        guard let newest = events.last else { return ViewStep(position: after, received: nil) }
        let reached = try await rows.write(view.name, generation) { transaction throws(StoreError) in
            let applied = transaction.position?.index ?? -1
            guard applied == after else { return applied }
            try view.fold(events, in: transaction)
            return newest.position.index
        }
        return ViewStep(position: reached, received: newest.head.received.milliseconds)
    }

    /// A view never skips: what retention dropped before it was applied is a loss to report, not to pass over.
    private func check(_ page: LedgerPage, after: Int64) throws(StoreError) {
        guard page.durable >= after else {
            throw StoreError(
                .corrupt,
                in: "feed a view",
                context: "the view has applied \(after), and the ledger ends at \(page.durable)"
            )
        }
        var expected = after + 1
        for event in page.events {
            guard event.position.index == expected else {
                throw StoreError(
                    .notFound,
                    in: "feed a view",
                    context: "position \(expected) is not kept any more; \(event.position) follows"
                )
            }
            expected += 1
        }
        guard !page.events.isEmpty || page.durable == after else {
            throw StoreError(.notFound, in: "feed a view", context: "position \(expected) is not kept any more")
        }
    }
}

/// How far a step came.
struct ViewStep: Sendable {
    let position: Int64
    /// When the newest event was received, in milliseconds since 1970; nil when there was none.
    let received: Int64?
}

/// How much a projector does at once.
package struct ProjectorLimits: Sendable {
    /// A transaction applies so many events at most.
    package var pageEvents = 4_096
    /// A view holds about so many bytes of events at most.
    package var pageBytes = 4 << 20
    /// A failing view waits so long, then twice as long each time, up to the longest.
    package var shortestDelay = Duration.milliseconds(50)
    package var longestDelay = Duration.seconds(10)

    package init() {}

    func delay(afterFailures count: Int) -> Duration {
        min(longestDelay, shortestDelay * (1 << min(count - 1, 20)))
    }
}
