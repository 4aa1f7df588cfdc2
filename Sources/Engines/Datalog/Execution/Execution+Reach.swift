/// Recursion that walks: one column stays as it is, the other takes a step along a relation.
///
/// `path[x, z] := path[x, y], *edge[y, z]` and its mirror image. For each value of the column that stays, what can be
/// reached is a search with one mark per node: no set of pairs, no rounds.
extension Execution {
    private struct Walk {
        /// The column that stays; nil when there is only the one that walks.
        let fixed: Int?
        let walking: Int
        let steps: [Step]
    }

    private struct Step: Hashable {
        let relation: Plan.Relation
        let from: Int
        let to: Int
    }

    /// Evaluates the stratum when it is such a walk; false when it is not.
    func evaluateByReach(_ stratum: StratifiedProgram.Stratum) throws(ScriptError) -> Bool {
        guard stratum.predicates.count == 1, let number = stratum.predicates.first else { return false }
        let predicate = program.predicates[number]
        guard !predicate.hasAggregates, predicate.arity <= 2, let walk = walk(of: predicate, number) else {
            return false
        }
        let windows = ColumnWindows(self, [number]).windows(of: number)
        guard let window = windows[walk.walking] else { return false }
        var indices: [(ColumnIndex, CodeBuffer)] = []
        for step in walk.steps where step.relation != .predicate(number) {
            guard let index = index(step) else { return false }
            indices += index
        }
        let start = Table(arity: predicate.arity, windows: windows)
        for clause in predicate.clauses where !isRecursive(clause, number) {
            try run(clause, into: TableSink(start), countsRows: false)
        }
        // A walk along itself is a walk along what it began with.
        for step in walk.steps where step.relation == .predicate(number) {
            let index = start.index([step.from])
            indices.append((index, index.payload(step.to)))
        }
        let table = Table(arity: predicate.arity, windows: windows)
        try fill(table, from: start, walk, indices, window)
        live[number] = .table(table)
        try checkBudget()
        return true
    }

    private func isRecursive(_ clause: Clause, _ number: Int) -> Bool {
        clause.literals.contains { if case .predicate(number, _, _, _) = $0 { true } else { false } }
    }

    private func walk(of predicate: Predicate, _ number: Int) -> Walk? {
        let recursive = predicate.clauses.filter { isRecursive($0, number) }
        for walking in (0..<predicate.arity).reversed() {
            let fixed = predicate.arity == 1 ? nil : 1 - walking
            let steps = recursive.compactMap { clause in
                step(of: clause, number, fixed: fixed, walking: walking)
                    ?? ownStep(of: clause, number, fixed: fixed, walking: walking)
            }
            if steps.count == recursive.count { return Walk(fixed: fixed, walking: walking, steps: steps) }
        }
        return nil
    }

    /// The step that a clause takes; nil when it does anything else.
    private func step(of clause: Clause, _ number: Int, fixed: Int?, walking: Int) -> Step? {
        guard clause.literals.count == 2 else { return nil }
        var own: [Name]?
        var other: (relation: Plan.Relation, arguments: [Name])?
        for literal in clause.literals {
            switch literal {
            case .predicate(number, let arguments, false, _): own = own == nil ? arguments : nil
            case .predicate(let target, let arguments, false, _): other = (.predicate(target), arguments)
            case .stored(let use, let arguments, false, _): other = (.stored(use), arguments)
            default: return nil
            }
        }
        guard let own, let other else { return nil }
        let here = own[walking]
        let there = clause.head[walking]
        guard here != there, let from = other.arguments.firstIndex(of: here),
            let to = other.arguments.firstIndex(of: there)
        else { return nil }
        if let fixed {
            guard clause.head[fixed] == own[fixed], !other.arguments.contains(own[fixed]) else { return nil }
        }
        return Step(relation: other.relation, from: from, to: to)
    }

    /// `path[x, z] := path[x, y], path[y, z]`: a step along the predicate itself.
    private func ownStep(of clause: Clause, _ number: Int, fixed: Int?, walking: Int) -> Step? {
        guard let fixed, clause.literals.count == 2 else { return nil }
        var atoms: [[Name]] = []
        for case .predicate(number, let arguments, false, _) in clause.literals { atoms.append(arguments) }
        guard atoms.count == 2, Set(atoms[0] + atoms[1]).count == 3 else { return nil }
        for (near, far) in [(atoms[0], atoms[1]), (atoms[1], atoms[0])]
        where near[fixed] == clause.head[fixed] && near[walking] == far[fixed] && far[walking] == clause.head[walking] {
            return Step(relation: .predicate(number), from: fixed, to: walking)
        }
        return nil
    }

    /// The steps from each node; nil when some rows of the relation no longer count.
    private func index(_ step: Step) -> [(ColumnIndex, CodeBuffer)]? {
        switch relation(step.relation) {
        case .table(let table):
            let index = table.index([step.from])
            return [(index, index.payload(step.to))]
        case .stored(let rows):
            guard rows.parts.allSatisfy({ $0.dead == nil }) else { return nil }
            return rows.parts.map { rows in
                let (index, payload) = rows.part.index([step.from], payload: [step.to])
                return (index, payload[0])
            }
        case .meet: return nil
        }
    }

    private func fill(
        _ table: Table,
        from start: Table,
        _ walk: Walk,
        _ indices: [(ColumnIndex, CodeBuffer)],
        _ window: CodeWindow
    ) throws(ScriptError) {
        let marks = CodeBuffer(repeating: 0, count: window.count)
        let found = CodeBuffer()
        guard let fixed = walk.fixed else {
            search([start.columns[0]], 0..<start.count, 1, marks, found, indices, window)
            return table.appendUnchecked([found])
        }
        let groups = start.index([fixed])
        let nodes = groups.payload(walk.walking)
        let fixedCodes = groups.payload(fixed)
        let columns = [CodeBuffer(), CodeBuffer()]
        var place = 0
        var mark: UInt32 = 0
        while place < start.count {
            let code = fixedCodes[place]
            var end = place + 1
            while end < start.count, fixedCodes[end] == code { end += 1 }
            mark += 1
            search([nodes], place..<end, mark, marks, found, indices, window)
            let target = columns[fixed]
            target.reserve(target.count + found.count)
            target.append(code, times: found.count)
            columns[walk.walking].append(found, 0..<found.count)
            place = end
            try watch.tick()
            if mark & 255 == 0 { try watch.check(rows: target.count, bytes: target.count * 8) }
        }
        table.appendUnchecked(columns)
    }

    /// Fills `found` with what can be reached from some nodes, themselves included.
    private func search(
        _ starts: [CodeBuffer],
        _ range: Range<Int>,
        _ mark: UInt32,
        _ marks: CodeBuffer,
        _ found: CodeBuffer,
        _ indices: [(ColumnIndex, CodeBuffer)],
        _ window: CodeWindow
    ) {
        found.removeAll()
        let seen = unsafe marks.base
        for place in range {
            let node = starts[0][place]
            precondition(window.contains(node), "a code of the window")
            guard unsafe seen[Int(node &- window.low)] != mark else { continue }
            unsafe seen[Int(node &- window.low)] = mark
            found.append(node)
        }
        if indices.count == 1, case .dense(let nodes, let offsets) = indices[0].0.form {
            return walk(offsets, nodes, indices[0].1, mark, marks, found, window)
        }
        let key = [found]
        var next = 0
        while next < found.count {
            for (index, payload) in indices {
                let run = index.run(key, row: next)
                let targets = unsafe payload.base
                found.reserve(found.count + run.count)
                let out = unsafe found.base
                var end = found.count
                for place in run {
                    let node = unsafe targets[place]
                    let offset = Int(node &- window.low)
                    precondition(offset < window.count, "a code of the window")
                    guard unsafe seen[offset] != mark else { continue }
                    unsafe seen[offset] = mark
                    unsafe out[end] = node
                    end &+= 1
                }
                found.resize(to: end)
            }
            next &+= 1
        }
    }

    /// The search along one relation with a table of offsets.
    private func walk(
        _ offsets: CodeBuffer,
        _ nodes: CodeWindow,
        _ payload: CodeBuffer,
        _ mark: UInt32,
        _ marks: CodeBuffer,
        _ found: CodeBuffer,
        _ window: CodeWindow
    ) {
        // Nobody is found twice, so that there is always room.
        found.reserve(window.count + 1)
        let seen = unsafe marks.base
        let out = unsafe found.base
        let starts = unsafe offsets.base
        let targets = unsafe payload.base
        var end = found.count
        var next = 0
        while next < end {
            let here = unsafe out[next]
            next &+= 1
            guard nodes.contains(here) else { continue }
            let slot = Int(here &- nodes.low)
            let last = unsafe Int(starts[slot + 1])
            var place = unsafe Int(starts[slot])
            while place < last {
                let node = unsafe targets[place]
                place &+= 1
                let offset = Int(node &- window.low)
                precondition(offset < window.count, "a code of the window")
                guard unsafe seen[offset] != mark else { continue }
                unsafe seen[offset] = mark
                unsafe out[end] = node
                end &+= 1
            }
        }
        found.resize(to: end)
    }
}
