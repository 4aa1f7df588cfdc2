/// Knows how large relations are.
protocol Statistics {
    /// How many rows the relation has, about.
    func count(_ relation: Plan.Relation) -> Double
    /// True when it is finished, and its rows lie in one piece.
    func isOneTable(_ relation: Plan.Relation) -> Bool
    /// How many distinct values a column has, about.
    func distinct(_ relation: Plan.Relation, _ column: Int) -> Double
}

/// Chooses the order of a clause's atoms, and turns the clause into steps.
///
/// The next atom is the one that is expected to yield the fewest rows for each row so far; at a tie the text decides.
/// Conditions are tested as soon as their variables are bound.
struct Planner {
    private let clause: Clause
    private let program: Program
    private let statistics: any Statistics
    private let interner: Interner
    /// True when rows count as often as they are derived: nothing may then be merged or multiplied.
    private let countsRows: Bool
    /// The window of each atom, by its place in the clause.
    private let windows: [Int: Plan.Window]

    private var bound: [Name: Plan.Operand] = [:]
    private var steps: [Plan.Step] = []
    private var names: [String] = []

    init(
        _ clause: Clause,
        _ program: Program,
        _ statistics: any Statistics,
        _ interner: Interner,
        countsRows: Bool,
        windows: [Int: Plan.Window] = [:]
    ) {
        self.clause = clause
        self.program = program
        self.statistics = statistics
        self.interner = interner
        self.countsRows = countsRows
        self.windows = windows
    }

    mutating func plan() throws(ScriptError) -> Plan {
        var atoms = clause.literals.indices.filter { clause.literals[$0].isPositiveAtom }
        var waiting = clause.literals.indices.filter { !clause.literals[$0].isPositiveAtom }
        try settle(&waiting, areAllAtomsDone: atoms.isEmpty)
        while !atoms.isEmpty {
            let place = next(of: atoms)
            let number = atoms.remove(at: place)
            if let name = lastUnknown(number) {
                // Atoms that lack the same variable are met together: none of them is followed into the void.
                let others = atoms.filter { lastUnknown($0) == name }
                if !others.isEmpty {
                    atoms.removeAll(where: others.contains)
                    intersect([number] + others, name)
                    try settle(&waiting, areAllAtomsDone: atoms.isEmpty)
                    continue
                }
            }
            join(number, remaining: atoms, waiting: waiting)
            try settle(&waiting, areAllAtomsDone: atoms.isEmpty)
        }
        guard waiting.isEmpty else {
            throw ScriptError(.unboundVariable, "Atom contains unbound variable", at: clause.span)
        }
        let head = clause.head.map { bound[$0] ?? .constant(Codes.none) }
        var plan = Plan(steps: steps, head: head, registerCount: names.count, names: names)
        plan.findCarried()
        return plan
    }

    // MARK: Choosing

    private func next(of atoms: [Int]) -> Int {
        if let delta = atoms.firstIndex(where: { windows[$0] == .delta }) { return delta }
        var best = 0
        var bestCost = Double.infinity
        for (place, number) in atoms.enumerated() {
            let cost = cost(number)
            if cost < bestCost * 0.999 {
                best = place
                bestCost = cost
            }
        }
        return best
    }

    /// The rows that the atom is expected to yield for each row so far.
    private func cost(_ number: Int) -> Double {
        guard let (relation, arguments) = atom(number) else { return .infinity }
        var rows = statistics.count(relation)
        var isConnected = false
        for (column, name) in arguments.enumerated() where bound[name] != nil {
            isConnected = true
            rows /= max(1, statistics.distinct(relation, column))
        }
        // Whatever is not connected multiplies the rows: last of all, unless it is the first.
        return isConnected || bound.isEmpty ? rows : rows * 1e6 + 1e6
    }

    private func atom(_ number: Int) -> (Plan.Relation, [Name])? {
        switch clause.literals[number] {
        case .predicate(let predicate, let arguments, _, _): (.predicate(predicate), arguments)
        case .stored(let use, let arguments, _, _): (.stored(use), arguments)
        default: nil
        }
    }

    // MARK: Steps

    private mutating func register(_ name: Name) -> Int {
        names.append(name.text)
        bound[name] = .register(names.count - 1)
        return names.count - 1
    }

    private func source(_ number: Int, _ relation: Plan.Relation, _ arity: Int) -> Plan.Source {
        Plan.Source(relation: relation, window: windows[number] ?? .whole, arity: arity)
    }

    private mutating func join(_ number: Int, remaining: [Int], waiting: [Int]) {
        guard let (relation, arguments) = atom(number) else { return }
        let keys = keys(of: arguments)
        let needed = neededLater(remaining, waiting)
        let fresh = arguments.enumerated().filter { bound[$0.element] == nil && needed.contains($0.element) }
        let source = source(number, relation, arguments.count)
        let isComplete = keys.count == arguments.count
        if !keys.isEmpty, fresh.isEmpty, isComplete || !countsRows {
            steps.append(Plan.Step(kind: .probe(source, keys: keys, isNegated: false)))
            return
        }
        let outputs = fresh.map { Plan.Output(column: $0.offset, register: register($0.element)) }
        if keys.isEmpty, steps.isEmpty {
            steps.append(Plan.Step(kind: .scan(source, outputs: outputs)))
        } else {
            steps.append(Plan.Step(kind: .join(source, keys: keys, outputs: outputs)))
        }
    }

    /// The only variable of an atom that is not bound yet; nil when there are none or several, or the atom still grows.
    private func lastUnknown(_ number: Int) -> Name? {
        guard windows[number] == nil, let (relation, arguments) = atom(number), arguments.count > 1,
            statistics.isOneTable(relation)
        else { return nil }
        let unknown = arguments.filter { bound[$0] == nil }
        return unknown.count == 1 ? unknown[0] : nil
    }

    private mutating func intersect(_ numbers: [Int], _ name: Name) {
        let lookups = numbers.compactMap { number -> Plan.Lookup? in
            guard let (relation, arguments) = atom(number), let column = arguments.firstIndex(of: name) else {
                return nil
            }
            return Plan.Lookup(
                source: source(number, relation, arguments.count),
                keys: keys(of: arguments),
                column: column
            )
        }
        steps.append(Plan.Step(kind: .intersect(lookups, register: register(name))))
    }

    private func keys(of arguments: [Name]) -> [Plan.Key] {
        arguments.enumerated().compactMap { column, name in
            bound[name].map { Plan.Key(column: column, operand: $0) }
        }
    }

    private func neededLater(_ atoms: [Int], _ waiting: [Int]) -> Set<Name> {
        var needed = Set(clause.head)
        for number in atoms + waiting {
            switch clause.literals[number] {
            case .predicate(_, let arguments, _, _), .stored(_, let arguments, _, _): needed.formUnion(arguments)
            case .filter(let expression): needed.formUnion(expression.variables)
            case .bind(let name, let expression), .bindEach(let name, let expression, _):
                needed.insert(name)
                needed.formUnion(expression.variables)
            }
        }
        return needed
    }

    /// Does every condition whose variables are known by now.
    private mutating func settle(_ waiting: inout [Int], areAllAtomsDone: Bool) throws(ScriptError) {
        var progress = true
        while progress {
            progress = false
            for (place, number) in waiting.enumerated()
            where try settle(clause.literals[number], waiting, areAllAtomsDone) {
                waiting.remove(at: place)
                progress = true
                break
            }
        }
    }

    private mutating func settle(
        _ literal: Literal,
        _ waiting: [Int],
        _ areAllAtomsDone: Bool
    ) throws(ScriptError) -> Bool {
        switch literal {
        case .filter(let expression):
            guard let node = node(expression) else { return false }
            steps.append(Plan.Step(kind: .filter(node)))
        case .bind(let name, let expression):
            guard let node = node(expression) else { return false }
            if !areAllAtomsDone, bound[name] == nil, case .constant(_, let value) = node, value.number != nil,
                isBoundBefore(name, span: expression.span)
            {
                // `r[x], x = 1` finds 1.0, too; `x = 1, r[x]` does not.
                return false
            }
            bind(name, node, expression.span)
        case .bindEach(let name, let expression, let span):
            guard let node = node(expression) else { return false }
            if bound[name] != nil, let isIn = Function.named("is_in") {
                steps.append(Plan.Step(kind: .filter(.apply(isIn, [operandNode(name), node], span))))
            } else {
                steps.append(Plan.Step(kind: .each(register(name), node, span)))
            }
        case .predicate(let predicate, let arguments, _, _):
            return probe(.predicate(predicate), arguments, waiting, areAllAtomsDone)
        case .stored(let use, let arguments, _, _):
            return probe(.stored(use), arguments, waiting, areAllAtomsDone)
        }
        return true
    }

    private mutating func bind(_ name: Name, _ node: Node, _ span: Span) {
        if bound[name] != nil, let equal = Function.named("eq") {
            steps.append(Plan.Step(kind: .filter(.apply(equal, [operandNode(name), node], span))))
            return
        }
        switch node {
        case .constant(let code, _): bound[name] = .constant(code)
        case .register(let register): bound[name] = .register(register)
        default: steps.append(Plan.Step(kind: .compute(register(name), node)))
        }
    }

    /// A negated atom is tested when all of its variables are bound that ever will be.
    private mutating func probe(
        _ relation: Plan.Relation,
        _ arguments: [Name],
        _ waiting: [Int],
        _ areAllAtomsDone: Bool
    ) -> Bool {
        for name in arguments where bound[name] == nil {
            if !areAllAtomsDone, !name.isAnonymous, isBoundLater(name) { return false }
            let isComputed = waiting.contains { number in
                switch clause.literals[number] {
                case .bind(let target, _), .bindEach(let target, _, _): target == name
                default: false
                }
            }
            if isComputed { return false }
        }
        let source = Plan.Source(relation: relation, window: .whole, arity: arguments.count)
        steps.append(Plan.Step(kind: .probe(source, keys: keys(of: arguments), isNegated: true)))
        return true
    }

    /// True when an atom that stands before this place has the variable.
    private func isBoundBefore(_ name: Name, span: Span) -> Bool {
        clause.literals.contains { literal in
            switch literal {
            case .predicate(_, let arguments, false, let place), .stored(_, let arguments, false, let place):
                place.start < span.start && place.start + place.length <= span.start && arguments.contains(name)
            default: false
            }
        }
    }

    private func isBoundLater(_ name: Name) -> Bool {
        clause.literals.contains { $0.isPositiveAtom && $0.arguments?.contains(name) ?? false }
    }

    // MARK: Expressions

    private func operandNode(_ name: Name) -> Node {
        switch bound[name] {
        case .register(let register): .register(register)
        case .constant(let code): .constant(code, interner.decode(code))
        case nil: preconditionFailure("only bound variables are asked for")
        }
    }

    /// The expression over registers; nil while a variable of it is not bound.
    private func node(_ expression: Expression) -> Node? {
        switch expression {
        case .constant(let value, _): return .constant(interner.encode(value), value)
        case .variable(let name): return bound[name] == nil ? nil : operandNode(name)
        case .parameter: return nil
        case .apply(let function, let arguments, let span):
            var nodes: [Node] = []
            for argument in arguments {
                guard let node = node(argument) else { return nil }
                nodes.append(node)
            }
            return .apply(function, nodes, span)
        case .choice(let clauses, let span):
            var nodes: [(condition: Node, value: Node)] = []
            for clause in clauses {
                guard let condition = node(clause.condition), let value = node(clause.value) else { return nil }
                nodes.append((condition, value))
            }
            return .choice(nodes, span)
        }
    }
}

extension Plan {
    /// Finds which registers each step passes on: those that a later step reads.
    mutating func findCarried() {
        var live: Set<Int> = []
        for case .register(let register) in head { live.insert(register) }
        for index in steps.indices.reversed() {
            live.subtract(steps[index].writes)
            steps[index].carried = live.sorted()
            live.formUnion(steps[index].reads)
        }
    }
}
