/// Walks that are asked for one end: `path[x, 7]` where `path` steps along its second column.
///
/// Where the end that moves is a constant, the other end needs no pairs: first the nodes from which the constant can be
/// reached, then what begins at one of them. The same holds for `path[7, z]` when the first column moves.
extension MagicRewrite {
    /// The predicate that holds the other end, and that end's column; nil when the atom asks for anything else.
    mutating func factored(
        _ target: Int,
        _ arguments: [Name],
        _ bound: [Int],
        _ clause: Clause
    ) -> (predicate: Int, column: Int)? {
        guard bound.count == 1, arguments.count == 2, let moving = bound.first,
            let value = Self.constant(arguments[moving], clause),
            case .clauses(let clauses, let aggregates) = program.predicates[target].definition,
            aggregates.allSatisfy({ $0 == nil }), isStatic(target)
        else { return nil }
        var steps: [(literal: Literal, here: Name, there: Name)] = []
        var bases: [Clause] = []
        for candidate in clauses {
            guard let step = Self.step(candidate, target, moving: moving) else {
                if Self.mentions(candidate, target) { return nil }
                bases.append(candidate)
                continue
            }
            steps.append(step)
        }
        guard !steps.isEmpty, !bases.isEmpty else { return nil }
        return build(program.predicates[target], moving, value, steps, bases)
    }

    private mutating func build(
        _ predicate: Predicate,
        _ moving: Int,
        _ value: Expression,
        _ steps: [(literal: Literal, here: Name, there: Name)],
        _ bases: [Clause]
    ) -> (predicate: Int, column: Int) {
        let reached = out.predicates.count
        let span = value.span
        let node = Name("~end", span)
        var clauses = [Clause(head: [node], literals: [.bind(node, value)], span: span)]
        for step in steps {
            let before = Literal.predicate(reached, [step.there], isNegated: false, span)
            clauses.append(Clause(head: [step.here], literals: [before, step.literal], span: span))
        }
        out.predicates.append(
            Predicate(
                name: "ends of \(predicate.name)",
                arity: 1,
                headers: [predicate.headers[moving]],
                definition: .clauses(clauses, [nil])
            )
        )
        let column = 1 - moving
        let begins = bases.map { base in
            let end = Literal.predicate(reached, [base.head[moving]], isNegated: false, span)
            return Clause(head: [base.head[column]], literals: base.literals + [end], span: base.span)
        }
        out.predicates.append(
            Predicate(
                name: "\(predicate.name) to an end",
                arity: 1,
                headers: [predicate.headers[column]],
                definition: .clauses(begins, [nil])
            )
        )
        return (reached + 1, column)
    }

    private static func constant(_ name: Name, _ clause: Clause) -> Expression? {
        for case .bind(name, let expression) in clause.literals where expression.isConstant { return expression }
        return nil
    }

    private static func mentions(_ clause: Clause, _ target: Int) -> Bool {
        clause.literals.contains { if case .predicate(target, _, _, _) = $0 { true } else { false } }
    }

    /// The step of a clause that moves one column and keeps the other.
    private static func step(
        _ clause: Clause,
        _ target: Int,
        moving: Int
    ) -> (literal: Literal, here: Name, there: Name)? {
        guard clause.literals.count == 2 else { return nil }
        var own: [Name]?
        var other: Literal?
        for literal in clause.literals {
            switch literal {
            case .predicate(target, let arguments, false, _): own = own == nil ? arguments : nil
            case .predicate(_, _, false, _), .stored(_, _, false, _): other = literal
            default: return nil
            }
        }
        guard let own, let other, let arguments = other.arguments else { return nil }
        let fixed = 1 - moving
        let here = own[moving]
        let there = clause.head[moving]
        guard clause.head[fixed] == own[fixed], !arguments.contains(own[fixed]), here != there, here != own[fixed],
            arguments.contains(here), arguments.contains(there)
        else { return nil }
        return (other, here, there)
    }
}
