package import Basics
internal import Model
package import Ports

/// What a rebuild found.
package struct RebuildReport: Sendable, Hashable {
    package let view: ViewName
    package let live: RowsDigest
    package let rebuilt: RowsDigest

    /// Whether the live rows are what the ledger says, both at one position.
    package var isSame: Bool { live.hash == rebuilt.hash }
}

/// What becomes of rebuilt rows.
package enum RebuildPurpose: Sendable { case check, replace }

extension Projector {
    /// Makes a view again from the ledger, beside the live rows, and compares; `.replace` then puts it in their place.
    ///
    /// The live rows are brought up to date first, as `run` would. A rebuild that fails or is cancelled leaves them as
    /// they are. One rebuild of a view at a time: another is a `conflict`. Where retention has dropped the first
    /// events it begins with the view's base, and is `notFound` without one.
    package func rebuild(
        _ name: ViewName,
        _ purpose: RebuildPurpose,
        by makeHash: @escaping @Sendable () -> any RunningHash
    ) async throws(StoreError) -> RebuildReport {
        guard let view = views.first(where: { $0.name == name }) else {
            throw StoreError(.notFound, in: "rebuild a view", context: name.text)
        }
        guard progress.beginShadow(of: name) else {
            throw StoreError(.conflict, in: "rebuild a view", context: "\(name) is being rebuilt")
        }
        defer { progress.endShadow(of: name) }
        let result: RebuildReport
        do {
            result = try await rebuild(view, purpose, makeHash)
        } catch {
            try? await feed.rows.discard(name, .shadow)
            throw error
        }
        // Dropped rows leave the files too.
        try await feed.rows.purge()
        return result
    }

    private func rebuild(
        _ view: any View,
        _ purpose: RebuildPurpose,
        _ makeHash: @escaping @Sendable () -> any RunningHash
    ) async throws(StoreError) -> RebuildReport {
        let rows = feed.rows
        var shadow = try await beginShadow(of: view)
        while true {
            let live = try await bringUp(view, .live, from: progress.position(of: view.name), .max)
            shadow = try await bringUp(view, .shadow, from: shadow, live)
            let report = RebuildReport(
                view: view.name,
                live: try await rows.digest(of: view.schema, .live, by: makeHash),
                rebuilt: try await rows.digest(of: view.schema, .shadow, by: makeHash)
            )
            // The live rows went on meanwhile, or are about to drop what the rebuild never saw.
            guard report.live.position == report.rebuilt.position else { continue }
            if !report.isSame, try await isForgetting(after: shadow) { continue }
            switch purpose {
            case .check:
                try await rows.discard(view.name, .shadow)
            case .replace:
                do {
                    try await rows.promote(view.name)
                } catch {
                    guard error.kind == .conflict else { throw error }
                    continue
                }
            }
            return report
        }
    }

    /// Applies what the ledger has up to `last`, or to its end; returns the position reached.
    private func bringUp(
        _ view: any View,
        _ generation: Generation,
        from: Int64,
        _ last: Int64
    ) async throws(StoreError) -> Int64 {
        try await feed.bring(view, generation, from: from, to: min(last, feed.ledger.extent.durable)) {
            step throws(StoreError) in
            if generation == .live {
                try await advanced(view, step)
            } else {
                progress.shadow(of: view.name, reached: step.position)
            }
        }
    }

    /// Makes a shadow to begin with: empty, or the base when the ledger does not have the first events any more.
    private func beginShadow(of view: any View) async throws(StoreError) -> Int64 {
        let rows = feed.rows
        let first = feed.ledger.extent.first
        guard first > 0 else {
            try await rows.discard(view.name, .shadow)
            try await rows.write(view.name, .shadow) { _ throws(StoreError) in }
            return -1
        }
        try await rows.copy(view.name, from: .base, to: .shadow)
        let base = try await rows.read(.shadow) { snapshot throws(StoreError) in try snapshot.position(of: view.name) }
        guard let base, base.index >= first - 1 else {
            throw StoreError(
                .notFound,
                in: "rebuild a view",
                context: "the ledger begins at \(first), after the base of \(view.name)"
            )
        }
        return base.index
    }

    func isForgetting(after position: Int64, before end: Int64? = nil) async throws(StoreError) -> Bool {
        var query = LedgerQuery()
        query.after = position
        query.before = end
        query.types = [.forget]
        query.limit = 1
        return try await !feed.ledger.read(query).events.isEmpty
    }
}
