/// Which rows of a table, and in which order.
///
/// The order is that of the index columns, then of the key columns that the index lacks; without an index, of the
/// key. `prefix` fixes the first of these columns; the bounds are of the column after the prefix.
package struct Scan: Sendable, Hashable {
    package enum Order: Sendable, Hashable { case ascending, descending }
    package enum Bound: Sendable, Hashable { case including(RowValue), excluding(RowValue) }

    package let table: Table
    /// The columns that decide the order.
    package let columns: [Int]
    package var prefix: [RowValue]
    package var from: Bound?
    package var to: Bound?
    package var order = Order.ascending
    package var limit: Int?

    /// Rows in the order of their keys.
    package init(_ table: Table, prefix: [RowValue] = []) {
        self.table = table
        self.prefix = prefix
        columns = Array(0..<table.keyWidth)
    }

    /// Rows in the order of an index that the table declares on just these columns.
    package init(_ table: Table, by index: [String], prefix: [RowValue] = []) {
        let isDeclared = table.indexes.contains { $0.columns == index && $0.condition == nil }
        precondition(isDeclared, "the table declares the index, of all rows")
        self.table = table
        self.prefix = prefix
        let own = index.map(table.index)
        columns = own + (0..<table.keyWidth).filter { !own.contains($0) }
    }
}

extension Scan {
    /// The scan with its values as every engine keeps them; `invalid` when they do not fit.
    package func accepted() throws(StoreError) -> Scan {
        var scan = self
        scan.prefix = try table.accept(prefix: prefix, of: columns)
        guard prefix.count < columns.count || (from == nil && to == nil) else {
            throw table.invalid("bounds beyond the last column of the order")
        }
        if let limit, limit < 0 { throw table.invalid("a limit below zero") }
        scan.from = try accepted(from)
        scan.to = try accepted(to)
        return scan
    }

    private func accepted(_ bound: Bound?) throws(StoreError) -> Bound? {
        switch bound {
        case nil: nil
        case .including(let value): .including(try accepted(value))
        case .excluding(let value): .excluding(try accepted(value))
        }
    }

    private func accepted(_ value: RowValue) throws(StoreError) -> RowValue {
        guard let accepted = try table.accept(prefix: [value], of: [columns[prefix.count]]).first, !accepted.isNull
        else { throw table.invalid("a bound is a value") }
        return accepted
    }

    /// What decides the place of a row in this order.
    package func place(of row: Row) -> [RowValue] { columns.map { row[$0] } }

    /// Whether a row with this place is asked for, by all but the limit.
    ///
    /// A null is outside every bound.
    package func holds(_ place: [RowValue]) -> Bool {
        guard prefix.elementsEqual(place.prefix(prefix.count)) else { return false }
        guard prefix.count < place.count else { return true }
        let next = place[prefix.count]
        let isAbove =
            switch from {
            case nil: true
            case .including(let bound): next >= bound
            case .excluding(let bound): next > bound
            }
        let isBelow =
            switch to {
            case nil: true
            case .including(let bound): next <= bound && !next.isNull
            case .excluding(let bound): next < bound && !next.isNull
            }
        return isAbove && isBelow
    }
}
