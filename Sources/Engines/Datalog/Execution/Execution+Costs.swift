/// Recursion that looks for the least cost: `d[z, min(c)] := d[y, b], *edge[y, z, w], c = b + w`.
///
/// One column walks, one may stay, and each step adds what is never negative. So costs are settled in their order, from
/// buckets, each node once: no rounds, and no cost that is bettered later. Components by their least member are the
/// walk whose steps cost nothing.
extension Execution {
    private struct CostWalk {
        /// The column that stays; nil when there is only the one that walks.
        let fixed: Int?
        let walking: Int
        let cost: Int
        let steps: [CostStep]
    }

    private struct CostStep {
        let relation: Plan.Relation
        let from: Int
        let to: Int
        let weight: Weight
    }

    private enum Weight {
        case constant(Int64)
        case column(Int)
    }

    /// Evaluates the stratum when it is such a walk; false when it is not.
    func evaluateByCosts(_ stratum: StratifiedProgram.Stratum) throws(ScriptError) -> Bool {
        guard stratum.predicates.count == 1, let number = stratum.predicates.first else { return false }
        let predicate = program.predicates[number]
        let costs = predicate.aggregates.indices.filter { predicate.aggregates[$0] != nil }
        guard costs.count == 1, predicate.aggregates[costs[0]]?.aggregate == .min, (2...3).contains(predicate.arity),
            let walk = walk(of: predicate, number, cost: costs[0]),
            let window = ColumnWindows(self, [number]).windows(of: number)[walk.walking]
        else { return false }
        var edges: [CostEdges] = []
        for step in walk.steps {
            guard let found = self.edges(step) else { return false }
            edges += found
        }
        let start = MeetTable(predicate.aggregates, interner)
        for clause in predicate.clauses where recursion(of: clause, number) == nil {
            try run(clause, into: start, countsRows: false)
        }
        let columns = start.columns
        if let bounds = columns[walk.cost].bounds() {
            // Every cost must remain a code of its own.
            let heaviest = edges.reduce(0) { max($0, $1.heaviest) }
            let largest = Codes.integer(bounds.upperBound) + Int64(window.count) * Int64(heaviest)
            guard Codes.isInteger(bounds.lowerBound), largest <= Codes.largest else { return false }
        }
        live[number] = .table(try fill(columns, start.count, walk, edges, window))
        try checkBudget()
        return true
    }

    /// The atom of a clause that names its own predicate; nil when there is none.
    private func recursion(of clause: Clause, _ number: Int) -> [Name]? {
        for case .predicate(number, let arguments, _, _) in clause.literals { return arguments }
        return nil
    }

    private func walk(of predicate: Predicate, _ number: Int, cost: Int) -> CostWalk? {
        let recursive = predicate.clauses.filter { recursion(of: $0, number) != nil }
        let keys = (0..<predicate.arity).filter { $0 != cost }
        for walking in keys.reversed() {
            let fixed = keys.first { $0 != walking }
            let steps = recursive.compactMap { step(of: $0, number, fixed, walking, cost) }
            if steps.count == recursive.count {
                return CostWalk(fixed: fixed, walking: walking, cost: cost, steps: steps)
            }
        }
        return nil
    }

    /// The step that a clause takes; nil when it does anything else.
    private func step(of clause: Clause, _ number: Int, _ fixed: Int?, _ walking: Int, _ cost: Int) -> CostStep? {
        var own: [Name]?
        var other: (relation: Plan.Relation, arguments: [Name])?
        var sum: (name: Name, expression: Expression)?
        guard clause.literals.count <= 3 else { return nil }
        for literal in clause.literals {
            switch literal {
            case .predicate(number, let arguments, false, _) where own == nil: own = arguments
            case .predicate(let target, let arguments, false, _) where other == nil && target != number:
                other = (.predicate(target), arguments)
            case .stored(let use, let arguments, false, _) where other == nil: other = (.stored(use), arguments)
            case .bind(let name, let expression) where sum == nil: sum = (name, expression)
            default: return nil
            }
        }
        guard let own, let other, clause.head[walking] != own[walking],
            let from = other.arguments.firstIndex(of: own[walking]),
            let to = other.arguments.firstIndex(of: clause.head[walking]),
            !other.arguments.contains(own[cost]), !other.arguments.contains(clause.head[cost]),
            fixed.map({ clause.head[$0] == own[$0] && !other.arguments.contains(own[$0]) }) ?? true,
            let weight = weight(sum, own[cost], clause.head[cost], other.arguments)
        else { return nil }
        return CostStep(relation: other.relation, from: from, to: to, weight: weight)
    }

    /// What a step adds to the cost `before`, so that it becomes `after`.
    private func weight(
        _ sum: (name: Name, expression: Expression)?,
        _ before: Name,
        _ after: Name,
        _ columns: [Name]
    ) -> Weight? {
        guard let sum else { return before == after ? .constant(0) : nil }
        if sum.name == after, case .variable(before) = sum.expression { return .constant(0) }
        guard sum.name == after, case .apply(let function, let terms, _) = sum.expression, function.shortcut == .add,
            terms.count == 2
        else { return nil }
        for (one, other) in [(terms[0], terms[1]), (terms[1], terms[0])] {
            guard case .variable(before) = one else { continue }
            switch other {
            case .constant(.int(let number), _) where (0...CostEdges.heaviestOfAll).contains(number):
                return .constant(number)
            case .variable(let name):
                if let column = columns.firstIndex(of: name) { return .column(column) }
            default: continue
            }
        }
        return nil
    }

    /// The edges from each node; nil when some rows no longer count, or weights are other than small natural numbers.
    private func edges(_ step: CostStep) -> [CostEdges]? {
        var payload = [step.to]
        if case .column(let column) = step.weight { payload.append(column) }
        let found: [(ColumnIndex, [CodeBuffer])]
        switch relation(step.relation) {
        case .table(let table):
            let index = table.index([step.from])
            found = [(index, payload.map(index.payload))]
        case .stored(let rows):
            guard rows.parts.allSatisfy({ $0.dead == nil }) else { return nil }
            found = rows.parts.map { $0.part.index([step.from], payload: payload) }
        case .meet: return nil
        }
        var edges: [CostEdges] = []
        for (index, columns) in found {
            guard case .constant(let number) = step.weight else {
                guard let bounds = columns[1].bounds() else { continue }
                let heaviest = Codes.integer(bounds.upperBound)
                guard bounds.lowerBound >= Codes.zero, heaviest <= CostEdges.heaviestOfAll else { return nil }
                edges.append(CostEdges(index: index, targets: columns[0], weights: columns[1], heaviest: Int(heaviest)))
                continue
            }
            edges.append(CostEdges(index: index, targets: columns[0], weights: nil, heaviest: Int(number)))
        }
        return edges
    }

    private func fill(
        _ columns: [CodeBuffer],
        _ count: Int,
        _ walk: CostWalk,
        _ edges: [CostEdges],
        _ window: CodeWindow
    ) throws(ScriptError) -> Table {
        let table = Table(arity: columns.count, windows: columns.map { _ in nil })
        let search = CostSearch(edges, window, watch)
        let out = columns.map { _ in CodeBuffer() }
        guard let fixed = walk.fixed else {
            try search.run(columns[walk.walking], columns[walk.cost], 0..<count)
            search.collect(into: out[walk.walking], out[walk.cost])
            table.appendUnchecked(out)
            return table
        }
        let groups = ColumnIndex(columns, count: count, keys: [fixed])
        let nodes = groups.payload(walk.walking)
        let costs = groups.payload(walk.cost)
        let fixedCodes = groups.payload(fixed)
        var place = 0
        while place < count {
            let code = fixedCodes[place]
            var end = place + 1
            while end < count, fixedCodes[end] == code { end += 1 }
            try search.run(nodes, costs, place..<end)
            out[fixed].append(code, times: search.foundCount)
            search.collect(into: out[walk.walking], out[walk.cost])
            place = end
            try watch.check(rows: out[fixed].count, bytes: out[fixed].count * 12)
        }
        table.appendUnchecked(out)
        return table
    }
}

/// Edges and what they cost.
struct CostEdges {
    /// Buckets for heavier ones would mostly be empty.
    static let heaviestOfAll: Int64 = 1 << 16
    let index: ColumnIndex
    let targets: CodeBuffer
    /// Codes of natural numbers; nil when every edge costs `heaviest`.
    let weights: CodeBuffer?
    let heaviest: Int
}

/// A search in the order of costs, from buckets that come round again (Dial).
final class CostSearch {
    private let edges: [CostEdges]
    private let window: CodeWindow
    private let watch: BudgetWatch
    /// The cost of each node of the window, as a code; `unknown` where there is none yet.
    private let costs: CodeBuffer
    private let found = CodeBuffer()
    private let buckets: [CodeBuffer]
    private let key = [CodeBuffer(repeating: 0, count: 1)]
    private var pending = 0
    private static let unknown: Code = .max

    init(_ edges: [CostEdges], _ window: CodeWindow, _ watch: BudgetWatch) {
        self.edges = edges
        self.window = window
        self.watch = watch
        costs = CodeBuffer(repeating: Self.unknown, count: window.count)
        buckets = (0...edges.reduce(0) { max($0, $1.heaviest) }).map { _ in CodeBuffer() }
    }

    var foundCount: Int { found.count }

    /// Finds the least cost of whatever can be reached from these nodes, which have costs themselves.
    func run(_ nodes: CodeBuffer, _ starts: CodeBuffer, _ range: Range<Int>) throws(ScriptError) {
        var order = range.map { UInt64(starts[$0]) << 32 | UInt64(nodes[$0]) }
        Radix.sort(&order, bits: 64)
        var next = 0
        var cost: Code = 0
        while true {
            if pending == 0 {
                guard next < order.count else { return }
                cost = Code(truncatingIfNeeded: order[next] >> 32)
            }
            while next < order.count, Code(truncatingIfNeeded: order[next] >> 32) == cost {
                reach(Code(truncatingIfNeeded: order[next]), at: cost)
                next += 1
            }
            try settle(cost)
            cost &+= 1
        }
    }

    @inline(__always)
    private func reach(_ node: Code, at cost: Code) {
        let offset = Int(node &- window.low)
        precondition(offset < window.count, "a code of the window")
        guard unsafe cost < costs.base[offset] else { return }
        unsafe costs.base[offset] = cost
        buckets[Int(cost) % buckets.count].append(node)
        pending &+= 1
    }

    /// Settles the nodes of a cost, and reaches their neighbours.
    private func settle(_ cost: Code) throws(ScriptError) {
        let bucket = buckets[Int(cost) % buckets.count]
        var place = 0
        while place < bucket.count {
            let node = bucket[place]
            place &+= 1
            guard unsafe costs.base[Int(node &- window.low)] == cost else { continue }
            found.append(node)
            if found.count & 4095 == 0 { try watch.check() }
            for group in edges {
                let run: Range<Int>
                if case .dense(let keys, let offsets) = group.index.form {
                    guard keys.contains(node) else { continue }
                    let slot = Int(node &- keys.low)
                    run = unsafe Int(offsets.base[slot])..<Int(offsets.base[slot + 1])
                } else {
                    key[0][0] = node
                    run = group.index.run(key, row: 0)
                }
                relax(run, group, cost)
            }
        }
        pending -= place
        bucket.removeAll()
    }

    @inline(__always)
    private func relax(_ run: Range<Int>, _ group: CostEdges, _ cost: Code) {
        let targets = unsafe group.targets.base
        guard let weights = group.weights else {
            let next = cost &+ Code(truncatingIfNeeded: group.heaviest)
            for place in run { reach(unsafe targets[place], at: next) }
            return
        }
        let weighed = unsafe weights.base
        for place in run { reach(unsafe targets[place], at: cost &+ (unsafe weighed[place] &- Codes.zero)) }
    }

    /// Hands over what was found, and forgets it.
    func collect(into nodes: CodeBuffer, _ found: CodeBuffer) {
        nodes.append(self.found, 0..<self.found.count)
        found.reserve(found.count + self.found.count)
        for place in 0..<self.found.count {
            let offset = Int(self.found[place] &- window.low)
            found.append(costs[offset])
            costs[offset] = Self.unknown
        }
        self.found.removeAll()
    }
}
