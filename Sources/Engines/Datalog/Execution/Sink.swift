/// Takes the rows that a plan derives.
protocol Sink: AnyObject {
    /// Takes rows whose columns are those of the head.
    func take(_ columns: [CodeBuffer], count: Int) throws(ScriptError)

    /// The table, when it takes each row as it is.
    var plainTable: Table? { get }
}

/// Adds rows to a table.
final class TableSink: Sink {
    let table: Table

    init(_ table: Table) { self.table = table }

    var plainTable: Table? { table }

    func take(_ columns: [CodeBuffer], count: Int) throws(ScriptError) { table.insert(columns, count: count) }
}

/// Folds rows into groups.
final class AggregateSink: Sink {
    private let keys: [Int]
    private let uses: [(column: Int, accumulator: any Accumulator)]
    private let aggregates: [AggregateUse?]
    private let isMeet: Bool
    private let groups: Groups

    init(_ aggregates: [AggregateUse?], isMeet: Bool, _ interner: Interner, _ context: EvaluationContext) {
        self.aggregates = aggregates
        self.isMeet = isMeet
        keys = aggregates.indices.filter { aggregates[$0] == nil }
        uses = aggregates.enumerated().compactMap { column, use in
            use.map { (column, $0.accumulator(isMeet: isMeet, interner, context)) }
        }
        groups = Groups(columns: keys.count)
    }

    var plainTable: Table? { nil }

    func take(_ columns: [CodeBuffer], count: Int) throws(ScriptError) {
        let numbers = groups.numbers(keys.map { columns[$0] }, count: count)
        for use in uses {
            use.accumulator.resize(to: groups.count)
            try use.accumulator.add(columns[use.column], groups: numbers, count: count)
        }
    }

    /// Adds a row for each group to a table; rows of nothing still have a value when there are no keys.
    func finish(into table: Table, _ interner: Interner) {
        if groups.count == 0, keys.isEmpty {
            groups.addEmpty()
            for use in uses { use.accumulator.resize(to: 1) }
        }
        let columns = aggregates.map { _ in CodeBuffer(capacity: groups.count) }
        for (place, column) in keys.enumerated() {
            columns[column].append(groups.columns[place], 0..<groups.count)
        }
        for use in uses {
            for group in 0..<groups.count {
                columns[use.column].append(interner.encode(use.accumulator.result(group)))
            }
        }
        table.insert(columns, count: groups.count)
    }
}

/// Numbers the distinct keys of rows.
final class Groups {
    let columns: [CodeBuffer]
    private let set = RowSet()
    private let numbers = CodeBuffer()
    private(set) var count = 0

    init(columns: Int) { self.columns = (0..<columns).map { _ in CodeBuffer() } }

    func addEmpty() { count = 1 }

    /// The number of each row's group.
    func numbers(_ keys: [CodeBuffer], count rows: Int) -> CodeBuffer {
        numbers.resize(to: rows)
        if keys.isEmpty {
            count = 1
            for row in 0..<rows { unsafe numbers.base[row] = 0 }
            return numbers
        }
        for row in 0..<rows { unsafe numbers.base[row] = UInt32(truncatingIfNeeded: number(keys, row)) }
        return numbers
    }

    @inline(__always)
    func number(_ keys: [CodeBuffer], _ row: Int) -> Int {
        var hash: UInt64 = 0
        for column in keys { hash = ColumnIndex.combined(hash, unsafe column.base[row]) }
        let next = count
        let found = set.findOrInsert(
            next, hash: ColumnIndex.finished(hash),
            { held in
                for (place, column) in columns.enumerated()
                where unsafe column.base[held] != keys[place].base[row] { return false }
                return true
            },
            rehash: { held in
                if held == next { return ColumnIndex.finished(hash) }
                var hash: UInt64 = 0
                for column in columns { hash = ColumnIndex.combined(hash, unsafe column.base[held]) }
                return ColumnIndex.finished(hash)
            }
        )
        if found == next {
            for (place, column) in columns.enumerated() { column.append(unsafe keys[place].base[row]) }
            count += 1
        }
        return found
    }
}
