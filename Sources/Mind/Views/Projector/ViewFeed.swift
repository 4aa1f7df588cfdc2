internal import Model
internal import Ports

/// Brings views forward, page by page.
struct ViewFeed: Sendable {
    let ledger: any Ledger
    let rows: any Rows
    let limits: ProjectorLimits

    /// Applies the events after `start` up to `end`, which must be durable; returns the position reached.
    ///
    /// Each page is one transaction, and `reached` is told after each. While one is applied the next is read, so that
    /// two pages are held at most.
    func bring(
        _ view: any View,
        _ generation: Generation,
        from start: Int64,
        to end: Int64,
        _ reached: (ViewStep) async throws(StoreError) -> Void
    ) async throws(StoreError) -> Int64 {
        var position = start
        var ahead: Page?
        while position < end {
            if Task.isCancelled { throw StoreError(.cancelled, in: "feed a view") }
            let page: Page
            if let ahead { page = ahead } else { page = try await self.page(of: view, after: position, through: end) }
            async let next = following(page, of: view, through: end)
            let step = try await apply(page, after: position, to: view, generation)
            ahead = await next
            if step.position != page.end.index { ahead = nil }
            position = step.position
            try await reached(step)
        }
        return position
    }

    /// The events that a view looks at, of all up to the end.
    private struct Page {
        let events: [StoredEvent]
        let end: Position
    }

    /// Somebody else may have brought the view elsewhere, or a commit may have failed after it was done: the
    /// transaction looks first, changes nothing then, and its answer says where to go on.
    private func apply(
        _ page: Page,
        after: Int64,
        to view: any View,
        _ generation: Generation
    ) async throws(StoreError) -> ViewStep {
        let reached = try await rows.write(view.name, generation) { transaction throws(StoreError) in
            let applied = transaction.position?.index ?? -1
            guard applied == after else { return applied }
            try view.fold(page.events, through: page.end, in: transaction)
            return page.end.index
        }
        return ViewStep(
            position: reached,
            received: page.events.last?.head.received.milliseconds,
            forgets: page.events.contains(where: \.isForget)
        )
    }

    /// The page after another; nil when there is none, or when it cannot be read now.
    private func following(_ page: Page, of view: any View, through end: Int64) async -> Page? {
        guard page.end.index < end else { return nil }
        return try? await self.page(of: view, after: page.end.index, through: end)
    }

    private func page(of view: any View, after: Int64, through end: Int64) async throws(StoreError) -> Page {
        var query = LedgerQuery()
        query.after = after
        query.before = end + 1
        query.limit = limits.pageEvents
        query.byteLimit = limits.pageBytes
        if !view.interest.isEmpty { query.types = view.interest + [.forget] }
        let page = try await ledger.read(query)
        guard query.types.isEmpty else {
            // What was dropped while the page was read may have been looked at or not.
            let first = ledger.extent.first
            guard first <= after + 1 else { throw Self.gap(after + 1, before: first) }
            guard let end = Position(checking: page.examined), end.index > after else {
                throw Self.gap(after + 1, before: nil)
            }
            return Page(events: page.events, end: end)
        }
        try check(page, after: after)
        guard let last = page.events.last?.position else { throw Self.gap(after + 1, before: nil) }
        return Page(events: page.events, end: last)
    }

    /// A view never skips: what retention dropped before it was applied is a loss to report, not to pass over.
    private func check(_ page: LedgerPage, after: Int64) throws(StoreError) {
        var expected = after + 1
        for event in page.events {
            guard event.position.index == expected else { throw Self.gap(expected, before: event.position.index) }
            expected += 1
        }
    }

    private static func gap(_ expected: Int64, before next: Int64?) -> StoreError {
        let follows = next.map { "; \($0) follows" } ?? ""
        return StoreError(
            .notFound,
            in: "feed a view",
            context: "position \(expected) is not kept any more\(follows)"
        )
    }
}

/// How far a step came.
struct ViewStep: Sendable {
    let position: Int64
    /// When the newest event was received, in milliseconds since 1970; nil when there was none.
    let received: Int64?
    /// Whether something was forgotten with it.
    let forgets: Bool
}

/// How much a projector does at once.
package struct ProjectorLimits: Sendable {
    /// A transaction applies so many events at most.
    package var pageEvents = 4_096
    /// A view holds about so many bytes of events at most.
    package var pageBytes = 4 << 20
    /// How long a view waits for company after it applied less than a page.
    package var rest = Duration.milliseconds(10)
    /// So far behind the end of the ledger, a view holds writers up; further behind it catches up, and does not.
    package var crowded: Range<Int64> = 32_768..<1_048_576
    /// A failing view waits so long, then twice as long each time, up to the longest.
    package var shortestDelay = Duration.milliseconds(50)
    package var longestDelay = Duration.seconds(10)

    package init() {}

    func delay(afterFailures count: Int) -> Duration {
        min(longestDelay, shortestDelay * (1 << min(count - 1, 20)))
    }
}
