package import Basics
package import Model
package import Ports

extension View {
    /// The digest of the rows that the ledger gives up to `position`, folded anew into empty `scratch`.
    ///
    /// `notFound` when retention dropped the first events: nothing can be said then.
    package func digest(
        through position: Position,
        of ledger: any Ledger,
        in scratch: any Rows,
        by makeHash: @escaping @Sendable () -> any RunningHash
    ) async throws(StoreError) -> RowsDigest {
        guard try await scratch.adopt(schema) == nil else {
            throw StoreError(.invalid, in: "check a view", context: "the rows to fold into are not empty")
        }
        let feed = ViewFeed(ledger: ledger, rows: scratch, limits: ProjectorLimits())
        let durable = ledger.extent.durable
        guard durable >= position.index else {
            throw StoreError(.corrupt, in: "check a view", context: "the ledger ends at \(durable)")
        }
        _ = try await feed.bring(self, .live, from: -1, to: position.index) { _ in }
        return try await scratch.digest(of: schema, .live, by: makeHash)
    }
}
