package import Basics
package import Model

/// What a view's rows are, in 32 bytes: equal on every engine that holds the same rows.
package struct RowsDigest: Sendable, Hashable {
    /// The position that the rows show, nil for none.
    package let position: Position?
    package let hash: ContentHash
    package let rowCount: Int

    package init(position: Position?, hash: ContentHash, rowCount: Int) {
        self.position = position
        self.hash = hash
        self.rowCount = rowCount
    }
}

extension Rows {
    /// SHA-256 of the view's rows, at one snapshot.
    ///
    /// Hashed is a sequence of deterministic CBOR items: for each table in the order of names an array of its name
    /// and an array of its columns' names, then for each row in the order of keys the array of its values. Reals
    /// are the shortest float that keeps the value, never integers.
    package func digest(
        of view: ViewSchema,
        _ generation: Generation,
        by makeHash: @escaping @Sendable () -> any RunningHash
    ) async throws(StoreError) -> RowsDigest {
        try await read(generation) { snapshot throws(StoreError) in
            let hash = makeHash()
            var writer = CBORWriter()
            var rowCount = 0
            for table in view.tables {
                writer.header(of: table)
                try snapshot.scan(Scan(table)) { row throws(StoreError) in
                    writer.row(row)
                    rowCount += 1
                    if writer.bytes.count >= 64 << 10 {
                        hash.update(writer.bytes)
                        writer.bytes.removeAll(keepingCapacity: true)
                    }
                    return .next
                }
            }
            hash.update(writer.bytes)
            let position = try snapshot.position(of: view.name)
            return RowsDigest(position: position, hash: hash.finish(), rowCount: rowCount)
        }
    }
}

extension CBORWriter {
    fileprivate mutating func header(of table: Table) {
        array(2)
        text(table.name)
        array(table.columns.count)
        for column in table.columns { text(column.name) }
    }

    fileprivate mutating func row(_ row: Row) {
        array(row.count)
        for value in row {
            switch value {
            case .null: null()
            case .integer(let integer): self.integer(integer)
            case .real(let number): float(number)
            case .text(let text): self.text(text)
            case .blob(let bytes): self.bytes(bytes)
            }
        }
    }
}
