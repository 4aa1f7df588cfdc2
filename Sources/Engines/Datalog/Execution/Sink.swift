/// Takes the rows that a plan derives.
protocol Sink: AnyObject {
    /// Takes rows whose columns are those of the head.
    func take(_ columns: [CodeBuffer], count: Int) throws(ScriptError)

    /// The table, when it takes each row as it is.
    var plainTable: Table? { get }

    /// Itself, when it only wants to know how many rows each group has.
    var counting: AggregateSink? { get }
}

extension Sink {
    var counting: AggregateSink? { nil }
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

    var counting: AggregateSink? {
        uses.allSatisfy { $0.accumulator is CountAccumulator } ? self : nil
    }

    /// The columns of the head that say which group a row belongs to.
    var groupColumns: [Int] { keys }

    /// Takes rows that each count several times.
    func take(_ columns: [CodeBuffer], weights: [Int], count: Int) {
        let numbers = groups.numbers(keys.map { columns[$0] }, count: count)
        for use in uses {
            use.accumulator.resize(to: groups.count)
            (use.accumulator as? CountAccumulator)?.add(weights, groups: numbers)
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
        for column in columns { column.reserve(count + rows) }
        let held = unsafe ColumnPointers(columns)
        let new = unsafe ColumnPointers(keys)
        let out = unsafe numbers.base
        for row in 0..<rows {
            let found = unsafe set.findOrInsert(count, hash: new.hash(row)) { unsafe held.equal($0, new, row) }
            if found == count {
                unsafe held.copy(count, from: new, row)
                count &+= 1
            }
            unsafe out[row] = UInt32(truncatingIfNeeded: found)
        }
        for column in columns { column.resize(to: count) }
        return numbers
    }
}
