/// The groups of a rule whose aggregates are all meets: one row a group, which gets better from round to round.
final class MeetTable: Sink {
    /// The columns of the head; those of aggregates change.
    let columns: [CodeBuffer]
    /// The groups that got better in the last round, as they were at its end.
    private(set) var delta: [CodeBuffer]
    let keys: [Int]
    private let uses: [(column: Int, use: AggregateUse)]
    private let groups: Groups
    private let interner: Interner
    private let changed = CodeBuffer()
    private let isChanged = CodeBuffer()
    private var chains: [[Int]: ChainIndex] = [:]

    init(_ aggregates: [AggregateUse?], _ interner: Interner) {
        let keys = aggregates.indices.filter { aggregates[$0] == nil }
        let groups = Groups(columns: keys.count)
        self.keys = keys
        self.groups = groups
        self.interner = interner
        uses = aggregates.enumerated().compactMap { column, use in use.map { (column, $0) } }
        columns = aggregates.indices.map { column in
            keys.firstIndex(of: column).map { groups.columns[$0] } ?? CodeBuffer()
        }
        delta = aggregates.map { _ in CodeBuffer() }
    }

    var count: Int { groups.count }

    var plainTable: Table? { nil }

    var bytes: Int { columns.reduce(0) { $0 + $1.capacity * 8 } }

    func take(_ source: [CodeBuffer], count rows: Int) throws(ScriptError) {
        let known = groups.count
        let numbers = groups.numbers(keys.map { source[$0] }, count: rows)
        for use in uses { while columns[use.column].count < groups.count { columns[use.column].append(Codes.none) } }
        while isChanged.count < groups.count { isChanged.append(0) }
        _ = known
        for row in 0..<rows {
            let group = Int(numbers[row])
            var isBetter = false
            for (column, use) in uses {
                let new = unsafe source[column].base[row]
                if try improve(columns[column], group, new, use.aggregate) { isBetter = true }
            }
            guard isBetter, isChanged[group] == 0 else { continue }
            isChanged[group] = 1
            changed.append(UInt32(truncatingIfNeeded: group))
        }
    }

    /// Folds a code into the value of a group; true when that changed it.
    @inline(__always)
    private func improve(
        _ values: CodeBuffer,
        _ group: Int,
        _ new: Code,
        _ aggregate: Aggregate
    ) throws(ScriptError) -> Bool {
        let held = values[group]
        if held == Codes.none {
            values[group] = new
            return true
        }
        if held == new, aggregate != .choice { return false }
        if Codes.isInteger(held), Codes.isInteger(new) {
            if aggregate == .min {
                guard new < held else { return false }
                values[group] = new
                return true
            }
            if aggregate == .max {
                guard new > held else { return false }
                values[group] = new
                return true
            }
        }
        var value = interner.decode(held)
        guard try aggregate.meet(&value, with: interner.decode(new)) else { return false }
        values[group] = interner.encode(value)
        return true
    }

    /// Gives the group of nothing its value, when there is no key.
    func addNothing() throws(ScriptError) {
        guard groups.count == 0, keys.isEmpty else { return }
        let source = columns.indices.map { column in
            CodeBuffer([interner.encode(uses.first { $0.column == column }?.use.aggregate.meetOfNothing ?? .null)])
        }
        try take(source, count: 1)
    }

    /// Makes what changed since the last call the rows of the last round; false when nothing did.
    func advance() -> Bool {
        delta = columns.map { _ in CodeBuffer(capacity: changed.count) }
        for place in 0..<changed.count {
            let group = Int(changed[place])
            isChanged[group] = 0
            for (column, buffer) in delta.enumerated() { buffer.append(columns[column][group]) }
        }
        changed.removeAll()
        for chain in chains.values { chain.update(to: groups.count) }
        return delta[0].count > 0
    }

    /// The chain over some key columns.
    func chain(_ keys: [Int]) -> ChainIndex {
        if let chain = chains[keys] { return chain }
        let chain = ChainIndex(columns, keys: keys, window: nil)
        chain.update(to: groups.count)
        chains[keys] = chain
        return chain
    }
}
