/// Lets what is bound where a rule is asked reach into the rule, so that it derives only what matters.
///
/// A predicate that is asked with bound arguments gets a copy for that pattern: its clauses first consult a *magic*
/// predicate that holds the values asked for, and each atom inside them asks in turn. Rules with aggregates are copied
/// only when every bound argument is a column that they group by: then a group is either asked for whole or not at all.
/// So entry aggregates, bound targets and bound meets all reach the facts.
struct MagicRewrite {
    let program: Program
    var out: Program
    /// The copies that exist, by predicate and bound columns.
    private var copies: [Pattern: (copy: Int, magic: Int)] = [:]
    private var pending: [Pattern] = []

    private struct Pattern: Hashable {
        let predicate: Int
        let bound: [Int]
    }

    /// The program with magic predicates; the same one when nothing is bound.
    static func rewritten(_ program: Program) -> Program {
        var rewrite = MagicRewrite(program)
        return rewrite.run()
    }

    private init(_ program: Program) {
        self.program = program
        out = program
    }

    private mutating func run() -> Program {
        // Only what is reached through negation or an algorithm is needed whole, and is left as it is.
        for number in program.predicates.indices {
            let predicate = program.predicates[number]
            guard case .clauses(let clauses, let aggregates) = predicate.definition, number == program.entry else {
                continue
            }
            let changed = clauses.map { rewritten($0, asked: nil) }
            out.predicates[number] = predicate.with(.clauses(changed, aggregates))
        }
        while let pattern = pending.popLast() { fill(pattern) }
        return out.predicates.count == program.predicates.count ? program : out
    }

    /// True when the predicate may be copied for these bound columns.
    private func allows(_ number: Int, _ bound: [Int]) -> Bool {
        guard !bound.isEmpty, case .clauses(_, let aggregates) = program.predicates[number].definition else {
            return false
        }
        guard bound.allSatisfy({ aggregates[$0] == nil }) else { return false }
        return isRecursive(number) && isStatic(number)
    }

    private func isRecursive(_ number: Int) -> Bool {
        program.predicates[number].clauses.contains { clause in
            clause.literals.contains { if case .predicate(number, _, false, _) = $0 { true } else { false } }
        }
    }

    /// True when the predicate needs no rule but itself and given rows: no new cycle can arise then.
    func isStatic(_ number: Int) -> Bool {
        program.predicates[number].clauses.allSatisfy { clause in
            clause.literals.allSatisfy { literal in
                guard case .predicate(let target, _, let isNegated, _) = literal else { return true }
                if target == number { return !isNegated }
                if case .rows = program.predicates[target].definition { return true }
                return false
            }
        }
    }

    /// Replaces atoms that are asked with bound arguments by their copies.
    private mutating func rewritten(_ clause: Clause, asked: (magic: Int, arguments: [Name])?) -> Clause {
        var literals = clause.literals
        var known: Set<Name> = []
        var before: [Literal] = []
        if let asked {
            let atom = Literal.predicate(asked.magic, asked.arguments, isNegated: false, clause.span)
            before.append(atom)
            known.formUnion(asked.arguments)
        }
        let order = MagicOrder(clause, known).places
        for place in order {
            let literal = literals[place]
            switch literal {
            case .bind(let name, let expression):
                if expression.variables.allSatisfy(known.contains) { known.insert(name) }
            case .predicate(let target, let arguments, false, let span):
                let bound = arguments.indices.filter { known.contains(arguments[$0]) }
                if let factored = factored(target, arguments, bound, clause) {
                    literals[place] = .predicate(
                        factored.predicate,
                        [arguments[factored.column]],
                        isNegated: false,
                        span
                    )
                } else if allows(target, bound) {
                    let (copy, magic) = copy(Pattern(predicate: target, bound: bound))
                    literals[place] = .predicate(copy, arguments, isNegated: false, span)
                    ask(magic, bound.map { arguments[$0] }, before, clause.span)
                }
                known.formUnion(arguments)
            case .stored(_, let arguments, false, _): known.formUnion(arguments)
            default: break
            }
            before.append(literals[place])
        }
        let isImplied = asked.map { asked in literals.contains { repeats($0, asked.magic, asked.arguments) } } ?? true
        if isImplied { return Clause(head: clause.head, literals: literals, span: clause.span) }
        let extra = asked.map { [Literal.predicate($0.magic, $0.arguments, isNegated: false, clause.span)] } ?? []
        return Clause(head: clause.head, literals: extra + literals, span: clause.span)
    }

    /// True for an atom of the same copy with the same bound values: its rows were asked for already.
    private func repeats(_ literal: Literal, _ magic: Int, _ arguments: [Name]) -> Bool {
        guard case .predicate(let target, let names, false, _) = literal else { return false }
        return copies.contains { pattern, numbers in
            numbers == (target, magic) && pattern.bound.map { names[$0] } == arguments
        }
    }

    /// Adds a clause that says what is asked for: these values, as far as what stands before gives them.
    private mutating func ask(_ magic: Int, _ head: [Name], _ before: [Literal], _ span: Span) {
        let clause = Clause(head: head, literals: before.filter { Self.isAnswerable($0, before) }, span: span)
        guard (try? ClauseCheck(clause).check()) != nil else { return }
        // Who asks for what it was asked for asks for nothing new.
        if before.count == 1, case .predicate(magic, head, false, _) = before[0] { return }
        out.predicates[magic] = out.predicates[magic].adding(clause)
    }

    /// True for a condition whose variables are all given by atoms and equations before it.
    private static func isAnswerable(_ literal: Literal, _ before: [Literal]) -> Bool {
        switch literal {
        case .predicate(_, _, let isNegated, _), .stored(_, _, let isNegated, _): !isNegated
        case .bind: true
        case .filter, .bindEach: false
        }
    }

    private mutating func copy(_ pattern: Pattern) -> (copy: Int, magic: Int) {
        if let known = copies[pattern] { return known }
        let predicate = program.predicates[pattern.predicate]
        let marks = predicate.headers.indices.map { pattern.bound.contains($0) ? "b" : "f" }.joined()
        let copy = out.predicates.count
        out.predicates.append(predicate.named("\(predicate.name)|\(marks)"))
        out.predicates.append(
            Predicate(
                name: "magic \(predicate.name)|\(marks)",
                arity: pattern.bound.count,
                headers: pattern.bound.map { predicate.headers[$0] },
                definition: .clauses([], pattern.bound.map { _ in nil })
            )
        )
        copies[pattern] = (copy, copy + 1)
        pending.append(pattern)
        return (copy, copy + 1)
    }

    private mutating func fill(_ pattern: Pattern) {
        guard let (copy, magic) = copies[pattern] else { return }
        let predicate = program.predicates[pattern.predicate]
        var clauses: [Clause] = []
        for clause in predicate.clauses {
            let asked = pattern.bound.map { clause.head[$0] }
            clauses.append(rewritten(clause, asked: (magic, asked)))
        }
        out.predicates[copy] = out.predicates[copy].with(.clauses(clauses, predicate.aggregates))
    }
}

/// The order in which a clause hands on what is bound: atoms that share a bound variable come first.
private struct MagicOrder {
    let places: [Int]

    init(_ clause: Clause, _ known: Set<Name>) {
        var known = known
        var rest = Array(clause.literals.indices)
        var places: [Int] = []
        while !rest.isEmpty {
            let next = rest.firstIndex { place in
                switch clause.literals[place] {
                case .bind(_, let expression): expression.variables.allSatisfy(known.contains)
                case .predicate(_, let arguments, false, _), .stored(_, let arguments, false, _):
                    arguments.contains(where: known.contains)
                default: false
                }
            }
            let place = rest.remove(at: next ?? 0)
            places.append(place)
            if case .bind(let name, let expression) = clause.literals[place],
                expression.variables.allSatisfy(known.contains)
            {
                known.insert(name)
            }
            if clause.literals[place].isPositiveAtom { known.formUnion(clause.literals[place].arguments ?? []) }
        }
        self.places = places
    }
}

extension Predicate {
    func with(_ definition: Definition) -> Predicate {
        Predicate(name: name, arity: arity, headers: headers, definition: definition)
    }

    func named(_ name: String) -> Predicate {
        Predicate(name: name, arity: arity, headers: headers, definition: definition)
    }

    func adding(_ clause: Clause) -> Predicate {
        with(.clauses(clauses + [clause], aggregates))
    }
}
