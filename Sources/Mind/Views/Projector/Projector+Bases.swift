package import Model
package import Ports

// A base is a durable snapshot of a view: where its rebuild begins when retention has dropped the first events. It is
// never older than a forget that its view has applied, so it holds nothing forgotten: the next copy of the live rows
// takes its place before the forget is acknowledged.

extension Projector {
    /// Makes a base of every view as it is now; returns the lowest of their positions, nil when a view has none.
    ///
    /// The ledger may drop what is not above it: every view can be made again from there.
    package func keepBases() async throws(StoreError) -> Position? {
        var lowest: Position?
        for (index, view) in views.enumerated() {
            progress.enterBase(of: view.name)
            try await feed.rows.copy(view.name, from: .live, to: .base)
            let base = try await base(of: view)
            lowest = index == 0 ? base : zip(lowest, base).map(min)
        }
        return lowest
    }

    /// The lowest position of the bases that there are; nil when a view has none.
    package func lowestBase() async throws(StoreError) -> Position? {
        var lowest: Position?
        for (index, view) in views.enumerated() {
            guard progress.hasBase(of: view.name) else { return nil }
            let known: Position?
            do {
                known = try await base(of: view)
            } catch {
                // A copy that failed has left none.
                guard error.kind == .notFound else { throw error }
                return nil
            }
            guard let base = known else { return nil }
            lowest = index == 0 ? base : lowest.map { min($0, base) }
        }
        return lowest
    }

    /// Notes how far the live rows came, once their base has forgotten what they have.
    func advanced(_ view: any View, _ step: ViewStep) async throws(StoreError) {
        if step.forgets, progress.hasBase(of: view.name) {
            try await feed.rows.copy(view.name, from: .live, to: .base)
        }
        progress.reached(step.position, by: view.name, currentAt: step.received)
    }

    /// Finds the base that there is, and does what a crash may have left undone.
    func restoreBase(of view: any View) async throws(StoreError) {
        let base: Position?
        do {
            base = try await self.base(of: view)
        } catch {
            guard error.kind == .notFound else { throw error }
            return
        }
        progress.enterBase(of: view.name)
        let live = progress.position(of: view.name)
        guard try await isForgetting(after: base?.index ?? -1, before: live + 1) else { return }
        try await feed.rows.copy(view.name, from: .live, to: .base)
        try await feed.rows.purge()
    }

    /// Rows of an older version are dropped, which is a loss when the events are gone.
    func checkVersion(of view: any View) async throws(StoreError) {
        guard feed.ledger.extent.first > 0 else { return }
        let known = try await feed.rows.positions().first { $0.view == view.name }
        guard let known, known.version < view.schema.version else { return }
        throw StoreError(
            .unsupported,
            in: "adopt a view",
            context: "\(view.name) changed to version \(view.schema.version), and retention has dropped the events"
                + " that it would be made from"
        )
    }

    private func base(of view: any View) async throws(StoreError) -> Position? {
        try await feed.rows.read(.base) { snapshot throws(StoreError) in try snapshot.position(of: view.name) }
    }
}

private func zip<One, Other>(_ one: One?, _ other: Other?) -> (One, Other)? {
    guard let one, let other else { return nil }
    return (one, other)
}
