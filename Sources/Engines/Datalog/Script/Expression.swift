/// An expression over the variables of a rule.
indirect enum Expression: Sendable {
    case constant(Datum, Span)
    case variable(Name)
    case parameter(Name)
    case apply(Function, [Expression], Span)
    /// The value of the first clause whose condition is true.
    case choice([(condition: Expression, value: Expression)], Span)

    var span: Span {
        switch self {
        case .constant(_, let span), .apply(_, _, let span), .choice(_, let span): span
        case .variable(let name), .parameter(let name): name.span
        }
    }

    /// The variables, in the order of their first use.
    var variables: [Name] {
        var names: [Name] = []
        collect(&names)
        return names
    }

    private func collect(_ names: inout [Name]) {
        switch self {
        case .constant, .parameter: break
        case .variable(let name): if !names.contains(name) { names.append(name) }
        case .apply(_, let arguments, _): for argument in arguments { argument.collect(&names) }
        case .choice(let clauses, _):
            for clause in clauses {
                clause.condition.collect(&names)
                clause.value.collect(&names)
            }
        }
    }
}

extension Expression {
    /// The expression with every parameter replaced by its value and constant parts computed.
    func bound(to context: EvaluationContext) throws(ScriptError) -> Expression {
        switch self {
        case .constant, .variable: return self
        case .parameter(let name):
            guard let value = context.parameters[name.text] else {
                throw ScriptError(
                    .parameterMissing,
                    "Required parameter \(name) not found",
                    at: name.span,
                    remedy: "pass a value for $\(name) with the script"
                )
            }
            return .constant(value, name.span)
        case .apply(let function, let arguments, let span):
            var bound: [Expression] = []
            for argument in arguments { bound.append(try argument.bound(to: context)) }
            let whole = Expression.apply(function, bound, span)
            guard function.isPure, bound.allSatisfy(\.isConstant) else { return whole }
            // What fails stays as it is: it may never be evaluated.
            guard let value = try? whole.evaluated(in: context) else { return whole }
            return .constant(value, span)
        case .choice(let clauses, let span):
            var bound: [(condition: Expression, value: Expression)] = []
            for clause in clauses {
                bound.append((try clause.condition.bound(to: context), try clause.value.bound(to: context)))
            }
            let whole = Expression.choice(bound, span)
            guard bound.allSatisfy({ $0.condition.isConstant && $0.value.isConstant }),
                let value = try? whole.evaluated(in: context)
            else { return whole }
            return .constant(value, span)
        }
    }

    var isConstant: Bool {
        if case .constant = self { true } else { false }
    }

    var constant: Datum? {
        if case .constant(let value, _) = self { value } else { nil }
    }

    /// The value of an expression without variables.
    func evaluated(in context: EvaluationContext) throws(ScriptError) -> Datum {
        try evaluated(in: context) { name throws(ScriptError) in
            throw ScriptError(.notConstant, "Expression contains unbound variable \(name)", at: name.span)
        }
    }

    /// The value, where `look` knows the variables.
    func evaluated(
        in context: EvaluationContext,
        _ look: (Name) throws(ScriptError) -> Datum
    ) throws(ScriptError) -> Datum {
        switch self {
        case .constant(let value, _): return value
        case .variable(let name): return try look(name)
        case .parameter(let name):
            guard let value = context.parameters[name.text] else {
                throw ScriptError(.parameterMissing, "Required parameter \(name) not found", at: name.span)
            }
            return value
        case .apply(let function, let arguments, let span):
            var values: [Datum] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(try argument.evaluated(in: context, look)) }
            return try function.call(values, context, at: span)
        case .choice(let clauses, let span):
            for clause in clauses {
                let condition = try clause.condition.evaluated(in: context, look)
                guard case .bool(let isTrue) = condition else {
                    throw ScriptError(
                        .predicateNotBool,
                        "Predicate does not evaluate to a boolean: \(condition.shown)",
                        at: span
                    )
                }
                if isTrue { return try clause.value.evaluated(in: context, look) }
            }
            return .null
        }
    }
}

extension Expression: CustomStringConvertible {
    var description: String {
        switch self {
        case .constant(let value, _): value.shown
        case .variable(let name): name.text
        case .parameter(let name): "$" + name.text
        case .apply(let function, let arguments, _):
            function.name + "(" + arguments.map(\.description).joined(separator: ", ") + ")"
        case .choice(let clauses, _):
            "cond(" + clauses.map { "\($0.condition), \($0.value)" }.joined(separator: ", ") + ")"
        }
    }
}

extension Datum {
    /// The value as it is shown in messages and plans.
    package var shown: String {
        var writer = JSONText()
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
