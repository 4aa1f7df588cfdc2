extension Plan: CustomStringConvertible {
    package var description: String {
        (steps.map { "  " + describe($0.kind) } + ["  derive [\(head.map(describe).joined(separator: ", "))]"])
            .joined(separator: "\n")
    }

    /// What a step does, in one line.
    func describe(_ kind: Kind) -> String {
        switch kind {
        case .scan(let source, let outputs): "scan \(describe(source)) → \(describe(outputs))"
        case .join(let source, let keys, let outputs):
            "join \(describe(source)) on \(describe(keys)) → \(describe(outputs))"
        case .intersect(let lookups, let register):
            "intersect "
                + lookups.map { "\(describe($0.source)) on \(describe($0.keys))" }.joined(separator: ", ")
                + " → \(names[register])"
        case .probe(let source, let keys, let isNegated):
            "\(isNegated ? "without" : "with") \(describe(source)) on \(describe(keys))"
        case .filter(let node): "filter \(describe(node))"
        case .compute(let register, let node): "let \(names[register]) = \(describe(node))"
        case .each(let register, let node, _): "for \(names[register]) in \(describe(node))"
        }
    }

    private func describe(_ operand: Operand) -> String {
        switch operand {
        case .register(let register): names[register]
        case .constant(let code): Codes.isInteger(code) ? "\(Codes.integer(code))" : "constant \(code)"
        }
    }

    private func describe(_ source: Source) -> String {
        let name =
            switch source.relation {
            case .predicate(let number): "rule \(number)"
            case .stored(let use): "*\(use.name)" + (use.moment.map { " @ \($0)" } ?? "")
            }
        switch source.window {
        case .whole: return name
        case .delta: return name + " (new)"
        case .old: return name + " (old)"
        }
    }

    private func describe(_ keys: [Key]) -> String {
        "[" + keys.map { "\($0.column) = \(describe($0.operand))" }.joined(separator: ", ") + "]"
    }

    private func describe(_ outputs: [Output]) -> String {
        "[" + outputs.map { "\($0.column): \(names[$0.register])" }.joined(separator: ", ") + "]"
    }

    private func describe(_ node: Node) -> String {
        switch node {
        case .constant(_, let value): value.shown
        case .register(let register): names[register]
        case .apply(let function, let arguments, _):
            function.name + "(" + arguments.map(describe).joined(separator: ", ") + ")"
        case .choice(let clauses, _):
            "cond(" + clauses.map { "\(describe($0.condition)), \(describe($0.value))" }.joined(separator: ", ") + ")"
        }
    }
}
