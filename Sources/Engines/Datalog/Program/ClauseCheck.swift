/// Checks that every variable of a clause gets its values from somewhere.
struct ClauseCheck {
    private let clause: Clause

    init(_ clause: Clause) { self.clause = clause }

    func check() throws(ScriptError) {
        var bound: Set<Name> = []
        for literal in clause.literals where literal.isPositiveAtom { bound.formUnion(literal.arguments ?? []) }
        var waiting = clause.literals.filter { !$0.isPositiveAtom }
        var progress = true
        while progress {
            progress = false
            var still: [Literal] = []
            for literal in waiting {
                switch literal {
                case .bind(let name, let expression), .bindEach(let name, let expression, _):
                    if expression.variables.allSatisfy(bound.contains) {
                        bound.insert(name)
                        progress = true
                    } else {
                        still.append(literal)
                    }
                default: still.append(literal)
                }
            }
            waiting = still
        }
        for literal in waiting { try check(literal, bound) }
        for name in clause.head where !bound.contains(name) {
            throw ScriptError(
                .unboundInHead,
                "Symbol '\(name)' in rule head is unbound",
                at: name.span,
                remedy: "Note that symbols occurring only in negated positions are not considered bound"
            )
        }
    }

    private func check(_ literal: Literal, _ bound: Set<Name>) throws(ScriptError) {
        switch literal {
        case .filter(let expression), .bind(_, let expression), .bindEach(_, let expression, _):
            guard let name = expression.variables.first(where: { !bound.contains($0) }) else { return }
            throw ScriptError(
                .unboundVariable,
                "Atom contains unbound variable '\(name)'",
                at: name.span,
                remedy: "a relation or an equation must give it a value"
            )
        case .predicate(_, let arguments, _, let span), .stored(_, let arguments, _, let span):
            guard arguments.contains(where: bound.contains) else {
                throw ScriptError(
                    .unsafeNegation,
                    "Encountered unsafe negation, or empty rule definition",
                    at: span,
                    remedy: "at least one variable of a negated atom must get its values elsewhere"
                )
            }
        }
    }
}
