/// Reads what follows the rules of a query.
struct OptionsBuilder {
    private let syntax: [OptionSyntax]
    private let entry: Predicate
    private let context: EvaluationContext

    init(_ syntax: [OptionSyntax], _ entry: Predicate, _ context: EvaluationContext) {
        self.syntax = syntax
        self.entry = entry
        self.context = context
    }

    /// The columns of a relation that is created without a query.
    static func emptyHead(_ syntax: [OptionSyntax]) -> [Name]? {
        for case .relation(.create, _, let schema?, _) in syntax {
            return (schema.keys + schema.values).map(\.binding)
        }
        return nil
    }

    func build() throws(ScriptError) -> QueryOptions {
        var options = QueryOptions()
        for option in syntax {
            switch option {
            case .limit(let expression): options.limit = try natural(expression, "limit")
            case .offset(let expression): options.offset = try natural(expression, "offset")
            case .timeout(let expression):
                let seconds = try number(expression, "timeout")
                options.timeout = seconds > 0 ? seconds : nil
            case .sleep(let expression):
                let seconds = try number(expression, "sleep")
                guard seconds > 0 else {
                    throw ScriptError(
                        .optionNotPositive,
                        "Query option sleep requires a positive integer",
                        at: expression.span
                    )
                }
                options.sleep = seconds
            case .sort(let keys):
                for key in keys {
                    guard let column = entry.headers.firstIndex(of: key.name.text) else {
                        throw ScriptError(
                            .sortKeyUnknown,
                            "Sort key '\(key.name)' not found",
                            at: key.name.span,
                            remedy: "the answer has \(entry.headers.joined(separator: ", "))"
                        )
                    }
                    options.sort.append((column, key.direction))
                }
            case .assertNone(let span): try set(.none(span), in: &options, at: span)
            case .assertSome(let span): try set(.some(span), in: &options, at: span)
            case .disableMagic(let expression):
                guard case .bool(let isOff) = try value(expression, "disable_magic_rewrite") else {
                    throw ScriptError(
                        .optionNotBool,
                        "Query option disable_magic_rewrite requires a boolean",
                        at: expression.span
                    )
                }
                options.usesMagic = !isOff
            case .returning: options.returnsRows = true
            case .relation(let operation, let relation, let schema, let span):
                options.mutation = Mutation(
                    operation: operation,
                    relation: relation,
                    schema: schema,
                    head: entry.headers.map { Name($0, span) },
                    span: span
                )
            }
        }
        return options
    }

    private func set(
        _ assertion: QueryOptions.Assertion,
        in options: inout QueryOptions,
        at span: Span
    ) throws(ScriptError) {
        guard options.assertion == nil else {
            throw ScriptError(.severalAssertions, "Multiple query output assertions defined", at: span)
        }
        options.assertion = assertion
    }

    private func value(_ expression: Expression, _ option: String) throws(ScriptError) -> Datum {
        do {
            return try expression.bound(to: context).evaluated(in: context)
        } catch {
            if error.kind == .parameterMissing { throw error }
            throw ScriptError(
                .optionNotConstant,
                "Query option \(option) is not constant",
                at: expression.span
            )
        }
    }

    private func natural(_ expression: Expression, _ option: String) throws(ScriptError) -> Int {
        guard let number = try value(expression, option).wholeNumber, number >= 0 else {
            throw ScriptError(
                .optionNotNonNegative,
                "Query option \(option) requires a non-negative integer",
                at: expression.span
            )
        }
        return Int(number)
    }

    private func number(_ expression: Expression, _ option: String) throws(ScriptError) -> Double {
        guard let number = try value(expression, option).number else {
            throw ScriptError(
                .optionNotNonNegative,
                "Query option \(option) requires a non-negative integer",
                at: expression.span
            )
        }
        return number
    }
}
