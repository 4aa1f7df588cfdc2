package import Basics
package import Model
package import Ports

/// Feeds views from the ledger: every event once, in order, across crashes.
///
/// A view stores the position that it has applied in the same transaction as its rows, so a crash between any two
/// steps repeats nothing and skips nothing. Each view goes at its own pace, one page and one transaction at a time;
/// one that fails is reported, waits and tries again from where it stands, while the others go on. What was forgotten
/// is dropped by the fold itself, at the position of the `prima.forget`.
package final class Projector: Sendable {
    let feed: ViewFeed
    let views: [any View]
    let progress = ViewProgress()
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let report: @Sendable (ViewFailure) -> Void

    /// Adopts the views: fails when their tables are not as declared, or newer than this binary.
    ///
    /// `clock` measures the waits of failing views, `wallClock` how far behind a view is. Failures go to `report`.
    package init(
        _ views: [any View],
        of ledger: any Ledger,
        in rows: any Rows,
        limits: ProjectorLimits = ProjectorLimits(),
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        report: @escaping @Sendable (ViewFailure) -> Void
    ) async throws(StoreError) {
        feed = ViewFeed(ledger: ledger, rows: rows, limits: limits)
        self.views = views
        self.clock = clock
        self.wallClock = wallClock
        self.report = report
        for view in views {
            try await checkVersion(of: view)
            progress.enter(view.name, at: try await rows.adopt(view.schema))
            try await restoreBase(of: view)
        }
    }

    /// Feeds the views until the task is cancelled.
    package func run() async {
        progress.begin()
        await withTaskGroup(of: Void.self) { group in
            for view in views { group.addTask { await self.follow(view) } }
        }
        progress.end()
    }

    /// Runs `work`, which adds to the ledger, now; or as soon as the views are near its end again.
    ///
    /// So a flood of writes goes as fast as the slowest view, and what is read stays fresh. Views that fail or catch up
    /// hold nobody up, and nobody is held while nothing runs.
    package func whenNear(_ work: @escaping @Sendable () -> Void) {
        progress.whenNear(feed.ledger.extent.durable, feed.limits.crowded, work)
    }

    /// How far behind each view is, in order of name.
    package func lags() -> [ViewLag] {
        progress.lags(durable: feed.ledger.extent.durable, now: wallClock.milliseconds())
    }

    /// The last position that a view has applied, -1 for none.
    package func position(of view: ViewName) -> Int64 { progress.position(of: view) }

    /// Returns when every view has applied `position`; throws `cancelled` with the task.
    package func reached(_ position: Position) async throws(StoreError) {
        try await progress.wait(for: nil, at: position.index)
    }

    /// Returns when one view has applied `position`: read your writes.
    package func reached(_ position: Position, by view: ViewName) async throws(StoreError) {
        guard views.contains(where: { $0.name == view }) else {
            throw StoreError(.notFound, in: "wait for a view", context: view.text)
        }
        try await progress.wait(for: view, at: position.index)
    }

    /// Returns when the forget at `position` is done: every view has dropped what came from those bodies, and no file
    /// of the rows keeps a byte of it.
    ///
    /// Call it after the ledger's `forget`, and before acknowledging: also when that had nothing new to do, since the
    /// one that did may have been broken off here.
    package func forgotten(through position: Position) async throws(StoreError) {
        try await reached(position)
        try await feed.rows.purge()
    }

    /// Lets a few more events come together after a small step: a transaction for each would cost more than they do.
    ///
    /// Who waits for a view does not wait for that.
    private func rest() async {
        guard feed.limits.rest > .zero, !progress.isAwaited else { return }
        try? await clock.sleep(for: feed.limits.rest)
    }

    private func follow(_ view: any View) async {
        var position = progress.position(of: view.name)
        while !Task.isCancelled {
            do throws(StoreError) {
                let durable = feed.ledger.extent.durable
                let start = position
                if position == durable {
                    progress.reached(position, by: view.name, currentAt: wallClock.milliseconds())
                    try await feed.ledger.grown(beyond: durable + 1)
                } else if position > durable {
                    throw StoreError(
                        .corrupt,
                        in: "feed a view",
                        context: "the view has applied \(position), and the ledger ends at \(durable)"
                    )
                } else {
                    _ = try await feed.bring(view, .live, from: position, to: durable) { step throws(StoreError) in
                        try await advanced(view, step)
                        position = step.position
                        progress.release(feed.ledger.extent.durable, feed.limits.crowded)
                    }
                    if durable - start < feed.limits.pageEvents { await rest() }
                }
            } catch {
                if Task.isCancelled { return }
                let failures = progress.failed(view.name)
                progress.release(feed.ledger.extent.durable, feed.limits.crowded)
                let delay = feed.limits.delay(afterFailures: failures)
                report(ViewFailure(view: view.name, after: position, error: error, failures: failures, delay: delay))
                try? await clock.sleep(for: delay)
            }
        }
    }
}

/// That a view could not go on, and when it tries again.
package struct ViewFailure: Sendable {
    package let view: ViewName
    /// Where it stands, -1 before the first event.
    package let after: Int64
    package let error: StoreError
    package let failures: Int
    package let delay: Duration
}
