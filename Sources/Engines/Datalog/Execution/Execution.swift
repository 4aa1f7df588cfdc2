/// The evaluation of a program: stratum by stratum, each to its fixpoint.
///
/// Plans are made when a stratum begins, from the true sizes of what it reads. A recursive stratum is evaluated
/// semi-naively: each round joins only what the last one added.
final class Execution {
    let stratified: StratifiedProgram
    let interner: Interner
    let evaluator: Evaluator
    let watch: BudgetWatch
    let batchSize: Int
    private let stored: (StoredUse) throws(ScriptError) -> RelationRows
    var live: [LiveRelation?]
    private var storedRows: [StoredUse: RelationRows] = [:]

    var program: Program { stratified.program }
    var context: EvaluationContext { evaluator.context }

    init(
        _ stratified: StratifiedProgram,
        interner: Interner,
        context: EvaluationContext,
        watch: BudgetWatch,
        batchSize: Int,
        stored: @escaping (StoredUse) throws(ScriptError) -> RelationRows
    ) {
        self.stratified = stratified
        self.interner = interner
        evaluator = Evaluator(interner: interner, context: context)
        self.watch = watch
        self.batchSize = batchSize
        self.stored = stored
        live = Array(repeating: nil, count: stratified.program.predicates.count)
    }

    /// The rows of the entry.
    func run() throws(ScriptError) -> Table {
        for stratum in stratified.strata {
            try prepare(stratum)
            try evaluate(stratum)
        }
        guard case .table(let table)? = live[program.entry] else {
            preconditionFailure("the last stratum is the entry's")
        }
        return table
    }

    /// Fetches the stored relations that a stratum reads.
    func prepare(_ stratum: StratifiedProgram.Stratum) throws(ScriptError) {
        for number in stratum.predicates {
            for clause in program.predicates[number].clauses {
                for case .stored(let use, _, _, _) in clause.literals { _ = try rows(use) }
            }
        }
    }

    func rows(_ use: StoredUse) throws(ScriptError) -> RelationRows {
        if let known = storedRows[use] { return known }
        let rows = try stored(use)
        storedRows[use] = rows
        return rows
    }

    func relation(_ relation: Plan.Relation) -> LiveRelation {
        switch relation {
        case .predicate(let number):
            guard let live = live[number] else { preconditionFailure("strata are evaluated in order") }
            return live
        case .stored(let use):
            guard let rows = storedRows[use] else { preconditionFailure("a stratum is prepared first") }
            return .stored(rows)
        }
    }

    func resolver(growing: Set<Int> = []) -> RelationResolver {
        RelationResolver(relation: { self.relation($0) }, growing: growing)
    }

    // MARK: A stratum

    private func evaluate(_ stratum: StratifiedProgram.Stratum) throws(ScriptError) {
        if stratum.isRecursive {
            if try evaluateByReach(stratum) { return }
            if try evaluateByCosts(stratum) { return }
            return try evaluateRecursively(stratum)
        }
        for number in stratum.predicates { try evaluateOnce(number) }
    }

    private func evaluateOnce(_ number: Int) throws(ScriptError) {
        let predicate = program.predicates[number]
        switch predicate.definition {
        case .rows(let rows): live[number] = .table(table(of: rows, arity: predicate.arity))
        case .fixed(let call): live[number] = .table(try evaluate(call, arity: predicate.arity))
        case .clauses(let clauses, let aggregates):
            if predicate.hasAggregates {
                let sink = AggregateSink(aggregates, isMeet: predicate.isMeet, interner, context)
                for clause in clauses { try run(clause, into: sink, countsRows: true) }
                let table = Table(arity: predicate.arity, windows: Array(repeating: nil, count: predicate.arity))
                sink.finish(into: table, interner)
                live[number] = .table(table)
            } else if let table = projection(clauses) {
                live[number] = .table(table)
            } else {
                let windows = ColumnWindows(self, [number]).windows(of: number)
                let table = Table(arity: predicate.arity, windows: windows)
                for clause in clauses { try run(clause, into: TableSink(table), countsRows: false) }
                live[number] = .table(table)
            }
        }
        try checkBudget()
    }

    /// The table of a clause that only renames or reorders the columns of a relation: it shares them.
    private func projection(_ clauses: [Clause]) -> Table? {
        guard clauses.count == 1, clauses[0].literals.count == 1, clauses[0].literals[0].isPositiveAtom,
            let arguments = clauses[0].literals[0].arguments, arguments.count == clauses[0].head.count,
            Set(clauses[0].head).count == arguments.count
        else { return nil }
        let columns: [CodeBuffer]
        switch clauses[0].literals[0] {
        case .predicate(let target, _, _, _):
            guard case .table(let table)? = live[target] else { return nil }
            columns = table.columns
        case .stored(let use, _, _, _):
            guard case .stored(let rows) = relation(.stored(use)), rows.parts.count == 1, rows.parts[0].dead == nil
            else { return nil }
            columns = rows.parts[0].part.columns
        default: return nil
        }
        return Table(sharing: clauses[0].head.compactMap { arguments.firstIndex(of: $0) }.map { columns[$0] })
    }

    private func table(of rows: [[Datum]], arity: Int) -> Table {
        let columns = (0..<arity).map { column in
            let buffer = CodeBuffer(capacity: rows.count)
            for row in rows { buffer.append(interner.encode(row[column])) }
            return buffer
        }
        let table = Table(arity: arity, windows: columns.map { $0.bounds().map(CodeWindow.init)?.ifSmall })
        table.insert(columns, count: rows.count)
        return table
    }

    func run(_ clause: Clause, into sink: any Sink, countsRows: Bool) throws(ScriptError) {
        var planner = Planner(clause, program, self, interner, countsRows: countsRows)
        let plan = try planner.plan()
        try Pipeline(plan, resolver(), evaluator, into: sink, watch, batchSize: batchSize).run()
    }

    // MARK: Recursion

    private func evaluateRecursively(_ stratum: StratifiedProgram.Stratum) throws(ScriptError) {
        let members = Set(stratum.predicates)
        let windows = ColumnWindows(self, members)
        var sinks: [Int: any Sink] = [:]
        for number in stratum.predicates {
            let predicate = program.predicates[number]
            if predicate.isMeet {
                let table = MeetTable(predicate.aggregates, interner)
                live[number] = .meet(table)
                sinks[number] = table
            } else {
                let table = Table(arity: predicate.arity, windows: windows.windows(of: number))
                live[number] = .table(table)
                sinks[number] = TableSink(table)
            }
        }
        var rounds: [(plan: Plan, sink: any Sink)] = []
        for number in stratum.predicates {
            guard let sink = sinks[number] else { continue }
            for clause in program.predicates[number].clauses {
                let places = recursivePlaces(of: clause, members)
                if places.isEmpty {
                    try run(clause, into: sink, countsRows: false)
                    continue
                }
                for delta in places {
                    var chosen: [Int: Plan.Window] = [:]
                    for place in places { chosen[place] = place == delta ? .delta : place < delta ? .whole : .old }
                    var planner = Planner(
                        clause,
                        program,
                        self,
                        interner,
                        countsRows: false,
                        windows: chosen
                    )
                    rounds.append((try planner.plan(), sink))
                }
            }
            if case .meet(let table)? = live[number] { try table.addNothing() }
        }
        while advance(stratum.predicates) {
            try checkBudget()
            try watch.check()
            for (plan, sink) in rounds {
                try Pipeline(plan, resolver(growing: members), evaluator, into: sink, watch, batchSize: batchSize).run()
            }
        }
        for number in stratum.predicates { finish(number) }
    }

    private func recursivePlaces(of clause: Clause, _ members: Set<Int>) -> [Int] {
        clause.literals.indices.filter { place in
            guard case .predicate(let target, _, false, _) = clause.literals[place] else { return false }
            return members.contains(target)
        }
    }

    private func advance(_ predicates: [Int]) -> Bool {
        var isNew = false
        for number in predicates {
            switch live[number] {
            case .table(let table): if table.advance() { isNew = true }
            case .meet(let table): if table.advance() { isNew = true }
            default: break
            }
        }
        return isNew
    }

    private func finish(_ number: Int) {
        guard case .meet(let meet)? = live[number] else { return }
        let arity = program.predicates[number].arity
        let table = Table(arity: arity, windows: Array(repeating: nil, count: arity))
        table.insert(meet.columns, count: meet.count)
        live[number] = .table(table)
    }

    func checkBudget() throws(ScriptError) {
        var rows = 0
        var bytes = 0
        for case .some(let relation) in live {
            switch relation {
            case .table(let table):
                rows += table.count
                bytes += table.bytes
            case .meet(let table):
                rows += table.count
                bytes += table.bytes
            case .stored: break
            }
        }
        try watch.check(rows: rows, bytes: bytes)
    }
}

// MARK: Sizes

extension Execution: Statistics {
    func count(_ relation: Plan.Relation) -> Double {
        switch self.relation(relation) {
        case .table(let table): Double(max(table.count, 1))
        case .meet(let table): Double(max(table.count, 1))
        case .stored(let rows): Double(rows.count)
        }
    }

    func distinct(_ relation: Plan.Relation, _ column: Int) -> Double {
        switch self.relation(relation) {
        case .table(let table):
            min(Double(table.count), Double(table.windows[column]?.count ?? table.count))
        case .meet(let table): Double(table.count)
        case .stored(let rows):
            min(Double(rows.count), Double(rows.window(column)?.count ?? 0))
        }
    }
}

extension Execution {
    func isOneTable(_ relation: Plan.Relation) -> Bool {
        switch self.relation(relation) {
        case .table: true
        case .meet: false
        case .stored(let rows): rows.parts.count == 1 && rows.parts[0].dead == nil
        }
    }
}

extension CodeWindow {
    /// The window, unless tables as wide as it would be a waste.
    var ifSmall: CodeWindow? { count <= 1 << 22 ? self : nil }
}
