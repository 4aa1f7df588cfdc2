internal import Model
internal import Ports

/// The rows of one view and the position that they show.
struct MemoryContent: Sendable {
    var position: Position?
    /// The rows of each table by its name, in the order of their keys.
    var tables: [String: [Row]]

    init(_ view: ViewSchema) {
        tables = Dictionary(uniqueKeysWithValues: view.tables.map { ($0.name, []) })
    }

    func get(_ key: RowKey, in table: Table) -> Row? {
        guard let rows = tables[table.name] else { return nil }
        let (place, isThere) = find(key, in: rows)
        return isThere ? rows[place] : nil
    }

    /// Puts a row in its place, or nothing; returns what was there.
    @discardableResult
    mutating func replace(_ key: RowKey, by row: Row?, in table: String) -> Row? {
        guard let (place, isThere) = tables[table].map({ find(key, in: $0) }) else { return nil }
        switch (row, isThere) {
        case (nil, false):
            return nil
        case (nil, true):
            return tables[table]?.remove(at: place)
        case (let row?, false):
            tables[table]?.insert(row, at: place)
            return nil
        case (let row?, true):
            let old = tables[table]?[place]
            tables[table]?[place] = row
            return old
        }
    }

    func rows(under prefix: [RowValue], in table: Table) -> ArraySlice<Row> {
        guard let rows = tables[table.name] else { return [] }
        let start = find(prefix, in: rows).place
        let end = rows[start...].firstIndex { !$0.starts(with: prefix) } ?? rows.endIndex
        return rows[start..<end]
    }

    /// Whether another row than that under `key` has the values that a unique index names; nulls differ.
    func isTaken(_ row: Row, in table: Table) -> Bool {
        let key = table.key(of: row)
        return table.indexes.filter { $0.uniqueness == .unique }.contains { index in
            let columns = index.columns.map(table.index)
            let values = columns.map { row[$0] }
            guard !values.contains(where: \.isNull) else { return false }
            return tables[table.name]?.contains { other in
                table.key(of: other) != key && columns.map { other[$0] } == values
            } ?? false
        }
    }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        let isByKey = scan.columns.elementsEqual(0..<scan.table.keyWidth)
        var rows: [Row]
        if isByKey {
            rows = self.rows(under: scan.prefix, in: scan.table).filter { scan.holds(scan.place(of: $0)) }
        } else {
            rows = (tables[scan.table.name] ?? []).filter { scan.holds(scan.place(of: $0)) }
            rows.sort { scan.place(of: $0).order(scan.place(of: $1)) < 0 }
        }
        if scan.order == .descending { rows.reverse() }
        for row in rows.prefix(scan.limit ?? rows.count) {
            if case .stop = try body(row) { return }
        }
    }

    /// Where the row of a key is, or belongs; for a prefix where its first row is, or belongs.
    private func find(_ key: [RowValue], in rows: [Row]) -> (place: Int, isThere: Bool) {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(rows[middle], key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < rows.count && rows[low].starts(with: key))
    }

    private func isBefore(_ row: Row, _ key: [RowValue]) -> Bool {
        for (value, bound) in zip(row, key) {
            let order = value.order(bound)
            if order != 0 { return order < 0 }
        }
        return false
    }
}
