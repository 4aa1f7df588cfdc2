package import Basics
package import Model
package import Ports

extension View {
    /// The digest of the rows that the ledger gives up to `position`, folded anew into empty `scratch`.
    ///
    /// Where retention has dropped the first events it begins with the base that `kept` has, and is `notFound` without
    /// one. `kept` is only read.
    package func digest(
        through position: Position,
        of ledger: any Ledger,
        beside kept: any Rows,
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
        let start = ledger.extent.first > 0 ? try await copyBase(from: kept, to: scratch) : -1
        guard start >= ledger.extent.first - 1, start <= position.index else {
            throw StoreError(.notFound, in: "check a view", context: "the base of \(name) is at \(start)")
        }
        _ = try await feed.bring(self, .live, from: start, to: position.index) { _ in }
        return try await scratch.digest(of: schema, .live, by: makeHash)
    }

    /// Puts the rows of the base into empty live rows; answers the position that they show.
    private func copyBase(from kept: any Rows, to scratch: any Rows) async throws(StoreError) -> Int64 {
        let schema = schema
        let (position, tables) = try await kept.read(.base) { snapshot throws(StoreError) in
            var tables: [(table: Table, rows: [Row])] = []
            for table in schema.tables { tables.append((table, try snapshot.rows(Scan(table)))) }
            return (try snapshot.position(of: schema.name), tables)
        }
        guard let position else { return -1 }
        try await scratch.write(schema.name) { transaction throws(StoreError) in
            for (table, rows) in tables {
                for row in rows { try transaction.put(row, in: table) }
            }
            try transaction.advance(to: position)
        }
        return position.index
    }
}
