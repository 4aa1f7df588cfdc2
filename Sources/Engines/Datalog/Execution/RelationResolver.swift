/// Rows as a step meets them.
enum ResolvedSource {
    /// Columns to be read from front to back.
    case rows([CodeBuffer], Range<Int>, DeadRows?)
    /// Runs of equal keys, with the wanted columns in that order.
    case index(ColumnIndex, [CodeBuffer], DeadRows?)
    /// A growing table: the rows of a key within a window.
    case chain(ChainIndex, [CodeBuffer], Range<Int>)
    /// A table that is asked for whole rows.
    case table(Table)
}

/// What a relation is during an evaluation.
enum LiveRelation {
    case table(Table)
    case meet(MeetTable)
    case stored(RelationRows)
}

/// Finds the relations of a plan and the indices that its steps need.
struct RelationResolver {
    let relation: (Plan.Relation) -> LiveRelation
    /// The predicates that still grow.
    let growing: Set<Int>

    func sources(of kind: Plan.Kind) -> [ResolvedSource] {
        switch kind {
        case .scan(let source, _): scan(source)
        case .join(let source, let keys, let outputs): join(source, keys.map(\.column), outputs.map(\.column))
        case .probe(let source, let keys, _): probe(source, keys.map(\.column))
        case .intersect(let lookups, _): lookups.compactMap(lookup)
        case .filter, .compute, .each: []
        }
    }

    private func isGrowing(_ source: Plan.Source) -> Bool {
        if case .predicate(let number) = source.relation { growing.contains(number) } else { false }
    }

    private func scan(_ source: Plan.Source) -> [ResolvedSource] {
        switch relation(source.relation) {
        case .stored(let rows): rows.parts.map { .rows($0.part.columns, 0..<$0.part.count, $0.dead) }
        case .table(let table):
            [.rows(table.columns, isGrowing(source) ? table.window(source.window) : 0..<table.count, nil)]
        case .meet(let table):
            source.window == .delta
                ? [.rows(table.delta, 0..<table.delta[0].count, nil)] : [.rows(table.columns, 0..<table.count, nil)]
        }
    }

    private func join(_ source: Plan.Source, _ keys: [Int], _ outputs: [Int]) -> [ResolvedSource] {
        switch relation(source.relation) {
        case .stored(let rows):
            return rows.parts.map { rows in
                let (index, payload) = rows.part.index(keys, payload: outputs)
                return .index(index, payload, rows.dead)
            }
        case .table(let table):
            if isGrowing(source) {
                return [.chain(table.chain(keys), table.columns, table.window(source.window))]
            }
            let index = table.index(keys)
            return [.index(index, outputs.map(index.payload), nil)]
        case .meet(let table):
            let columns = source.window == .delta ? table.delta : table.columns
            if source.window != .delta, keys.allSatisfy(table.keys.contains) {
                return [.chain(table.chain(keys), columns, 0..<table.count)]
            }
            let index = ColumnIndex(columns, count: columns[0].count, keys: keys)
            return [.index(index, outputs.map(index.payload), nil)]
        }
    }

    private func lookup(_ lookup: Plan.Lookup) -> ResolvedSource? {
        let keys = lookup.keys.map(\.column)
        switch relation(lookup.source.relation) {
        case .stored(let rows):
            guard let rows = rows.parts.first else { return nil }
            let (index, payload) = rows.part.index(keys, sorted: lookup.column)
            return .index(index, [payload], nil)
        case .table(let table):
            let index = table.index(keys)
            return .index(index, [index.sortedPayload(lookup.column)], nil)
        case .meet: preconditionFailure("only finished tables are intersected")
        }
    }

    private func probe(_ source: Plan.Source, _ keys: [Int]) -> [ResolvedSource] {
        if case .table(let table) = relation(source.relation), keys.count == source.arity, table.knowsItsRows,
            !isGrowing(source)
        {
            return [.table(table)]
        }
        if keys.isEmpty { return scan(source) }
        return join(source, keys, [])
    }
}

extension Table {
    /// The rows of a window of a growing table.
    func window(_ window: Plan.Window) -> Range<Int> {
        switch window {
        case .whole: 0..<deltaEnd
        case .delta: deltaStart..<deltaEnd
        case .old: 0..<deltaStart
        }
    }
}
