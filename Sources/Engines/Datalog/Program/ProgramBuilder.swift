/// Makes a program of the text of a query: names are resolved, parameters replaced, everything checked.
struct ProgramBuilder {
    private let syntax: QuerySyntax
    private let catalog: any Catalog
    private let context: EvaluationContext
    private var groups: [(name: Name, rules: [RuleSyntax])] = []
    private var numbers: [String: Int] = [:]
    private var program = Program()

    static func build(
        _ syntax: QuerySyntax,
        catalog: any Catalog,
        context: EvaluationContext
    ) throws(ScriptError) -> Program {
        var builder = ProgramBuilder(syntax: syntax, catalog: catalog, context: context)
        return try builder.build()
    }

    private init(syntax: QuerySyntax, catalog: any Catalog, context: EvaluationContext) {
        self.syntax = syntax
        self.catalog = catalog
        self.context = context
    }

    private mutating func build() throws(ScriptError) -> Program {
        try collectRules()
        for index in groups.indices { program.predicates.append(try predicate(index)) }
        guard let entry = numbers["?"] else {
            throw ScriptError(
                .noEntry,
                "Program has no entry",
                remedy: "You need to have one rule named '?'"
            )
        }
        program.entry = entry
        program.options = try OptionsBuilder(syntax.options, program.predicates[entry], context).build()
        return program
    }

    private mutating func collectRules() throws(ScriptError) {
        for rule in syntax.rules {
            guard let number = numbers[rule.name.text] else {
                numbers[rule.name.text] = groups.count
                groups.append((rule.name, [rule]))
                continue
            }
            guard case .atoms = rule.body, case .atoms = groups[number].rules[0].body else {
                throw ScriptError(
                    .severalDefinitions,
                    "The rule '\(rule.name)' cannot have multiple definitions since it contains non-Horn clauses",
                    at: rule.span,
                    remedy: "give the rows or the algorithm a rule of their own, and combine them with :="
                )
            }
            groups[number].rules.append(rule)
        }
        if groups.isEmpty, let head = OptionsBuilder.emptyHead(syntax.options) {
            let span = syntax.span
            let arguments = head.map { HeadArgument(variable: $0, aggregate: nil) }
            let rule = RuleSyntax(
                name: Name("?", span),
                head: arguments,
                headSpan: span,
                body: .constant(.constant(.list([]), span), names: []),
                span: span
            )
            numbers["?"] = 0
            groups.append((rule.name, [rule]))
        }
    }

    private func number(_ name: Name) throws(ScriptError) -> (number: Int, arity: Int) {
        guard let number = numbers[name.text] else {
            throw ScriptError(
                .ruleUnknown,
                "Requested rule \(name) not found",
                at: name.span,
                remedy: NearestName.nearest(to: name.text, among: numbers.keys.sorted()).map { "did you mean `\($0)`?" }
                    ?? "stored relations are written with a star: *\(name)[…]"
            )
        }
        return (number, try arity(number))
    }

    private func arity(_ number: Int) throws(ScriptError) -> Int {
        let rule = groups[number].rules[0]
        switch rule.body {
        case .atoms: return rule.head.count
        case .constant(let expression, let names):
            if !rule.head.isEmpty { return rule.head.count }
            return try rows(of: expression, rule).first?.count ?? names.count
        case .fixed(let call):
            let options = try options(of: call)
            return try FixedRule.named(call.algorithm).arity(head: rule.head.count, options, at: call.span)
        }
    }

    private mutating func predicate(_ index: Int) throws(ScriptError) -> Predicate {
        let (name, rules) = groups[index]
        let rule = rules[0]
        switch rule.body {
        case .atoms: return try derived(name, rules)
        case .constant(let expression, let names):
            for argument in rule.head where argument.aggregate != nil {
                throw ScriptError(
                    .aggregateInConstantRule,
                    "Constant rules cannot have aggregation application",
                    at: argument.variable.span
                )
            }
            return try constant(name, rule, expression, names)
        case .fixed(let call): return try fixed(name, rule, call)
        }
    }

    // MARK: Clauses

    private func derived(_ name: Name, _ rules: [RuleSyntax]) throws(ScriptError) -> Predicate {
        var clauses: [Clause] = []
        let first = rules[0]
        let aggregates = try self.aggregates(of: first)
        for rule in rules {
            guard !rule.head.isEmpty else {
                throw ScriptError(
                    .emptyHead,
                    "Horn-clause rule cannot have empty rule head",
                    at: rule.headSpan,
                    remedy: "name what the rule derives: \(name)[x] := …"
                )
            }
            let same =
                rule.head.count == first.head.count
                && zip(rule.head, first.head).allSatisfy {
                    $0.aggregate?.name == $1.aggregate?.name
                }
            guard same else {
                throw ScriptError(
                    .headMismatch,
                    "Rule \(name) has multiple definitions with conflicting heads",
                    at: rule.headSpan,
                    remedy: "The arity of each rule head must match. "
                        + "In addition, any aggregation applied must be the same."
                )
            }
            guard case .atoms(let atoms) = rule.body else { continue }
            var form = NormalForm(catalog, context) { name throws(ScriptError) in try self.number(name) }
            for literals in try form.alternatives(of: atoms, at: rule.span) {
                let clause = Clause(head: rule.head.map(\.variable), literals: literals, span: rule.span)
                try ClauseCheck(clause).check()
                clauses.append(clause)
            }
        }
        let last = rules[rules.count - 1]
        return Predicate(
            name: name.text,
            arity: first.head.count,
            headers: last.head.map(\.header),
            definition: .clauses(clauses, aggregates)
        )
    }

    private func aggregates(of rule: RuleSyntax) throws(ScriptError) -> [AggregateUse?] {
        var uses: [AggregateUse?] = []
        for argument in rule.head {
            guard let (name, expressions) = argument.aggregate else {
                uses.append(nil)
                continue
            }
            guard let aggregate = Aggregate(rawValue: name.text) else {
                let names = Aggregate.allCases.map(\.rawValue)
                throw ScriptError(
                    .aggregateUnknown,
                    "Aggregation '\(name)' not found",
                    at: name.span,
                    remedy: NearestName.nearest(to: name.text, among: names).map { "did you mean `\($0)`?" }
                )
            }
            var arguments: [Datum] = []
            for expression in expressions {
                arguments.append(try expression.bound(to: context).evaluated(in: context))
            }
            uses.append(AggregateUse(aggregate: aggregate, arguments: arguments))
        }
        return uses
    }

    // MARK: Rows

    private func rows(of expression: Expression, _ rule: RuleSyntax) throws(ScriptError) -> [[Datum]] {
        let value = try expression.bound(to: context).evaluated(in: context)
        guard let elements = value.elements ?? value.jsonElements else {
            throw ScriptError(
                .fixedRuleOptionWrong,
                "Bad data for constant rule \(rule.name): rows are a list of lists",
                at: expression.span,
                remedy: "write [[1, 2], [3, 4]]"
            )
        }
        var rows: [[Datum]] = []
        for element in elements {
            guard let row = element.elements ?? element.jsonElements else {
                throw ScriptError(
                    .badConstantRow,
                    "Bad row for constant rule: \(element.shown)",
                    at: expression.span,
                    remedy: "each row is a list: [[1], [2]]"
                )
            }
            rows.append(row)
        }
        if let first = rows.first {
            guard !first.isEmpty else {
                throw ScriptError(
                    .emptyConstantRow,
                    "Encountered empty row for constant rule",
                    at: expression.span
                )
            }
            for row in rows where row.count != first.count {
                throw ScriptError(
                    .unevenConstantRows,
                    "Expect data to have consistent width of \(first.count), got \(row.count)",
                    at: expression.span
                )
            }
        }
        return rows
    }

    private func constant(
        _ name: Name,
        _ rule: RuleSyntax,
        _ expression: Expression,
        _ names: [Name]
    ) throws(ScriptError) -> Predicate {
        let rows = try rows(of: expression, rule)
        let width = rows.first?.count ?? max(rule.head.count, names.count)
        guard width > 0 else {
            throw ScriptError(
                .emptyConstantRule,
                "Encountered empty row for constant rule",
                at: rule.span,
                remedy: "a constant rule without rows needs a head that names its columns"
            )
        }
        guard rule.head.isEmpty || rule.head.count == width else {
            throw ScriptError(
                .fixedRuleArity,
                "Fixed rule head arity mismatch",
                at: rule.span,
                remedy: "Expected arity: \(width), number of arguments given: \(rule.head.count)"
            )
        }
        var headers = rule.head.map(\.variable.text)
        if headers.isEmpty { headers = name.text == "?" && names.count == width ? names.map(\.text) : [] }
        if headers.isEmpty { headers = (0..<width).map { "_\($0)" } }
        return Predicate(name: name.text, arity: width, headers: headers, definition: .rows(rows))
    }

    // MARK: Algorithms

    private func fixed(
        _ name: Name,
        _ rule: RuleSyntax,
        _ call: FixedRuleSyntax
    ) throws(ScriptError) -> Predicate {
        for argument in rule.head where argument.aggregate != nil {
            throw ScriptError(
                .aggregateInFixedRule,
                "fixed rule cannot be combined with aggregation",
                at: argument.variable.span
            )
        }
        let algorithm = try FixedRule.named(call.algorithm)
        var seen: Set<Name> = []
        var inputs: [FixedCall.Input] = []
        for input in call.inputs {
            for binding in input.bindings where !binding.isIgnored {
                guard seen.insert(binding).inserted else {
                    throw ScriptError(
                        .duplicateBinding,
                        "fixed rule cannot have duplicate bindings",
                        at: binding.span
                    )
                }
            }
            inputs.append(try self.input(input))
        }
        let options = try options(of: call)
        let arity = try algorithm.arity(head: rule.head.count, options, at: call.span)
        guard arity > 0 else {
            throw ScriptError(.fixedRuleArity, "a rule without columns", at: call.span)
        }
        guard rule.head.isEmpty || rule.head.count == arity else {
            throw ScriptError(
                .fixedRuleArity,
                "Fixed rule head arity mismatch",
                at: call.span,
                remedy: "Expected arity: \(arity), number of arguments given: \(rule.head.count)"
            )
        }
        let headers = rule.head.isEmpty ? (0..<arity).map { "_\($0)" } : rule.head.map(\.variable.text)
        let resolved = FixedCall(rule: algorithm, inputs: inputs, options: options, span: call.span)
        return Predicate(name: name.text, arity: arity, headers: headers, definition: .fixed(resolved))
    }

    private func options(of call: FixedRuleSyntax) throws(ScriptError) -> [String: Expression] {
        var options: [String: Expression] = [:]
        for (option, value) in call.options { options[option.text] = try value.bound(to: context) }
        return options
    }

    private func input(_ input: FixedRuleSyntax.Input) throws(ScriptError) -> FixedCall.Input {
        switch input.source {
        case .rule(let name):
            let (number, arity) = try number(name)
            let bindings = try padded(input.bindings, to: arity, name, input.span)
            return FixedCall.Input(source: .predicate(number), bindings: bindings, span: input.span)
        case .relation(let name, let validity):
            let schema = try catalog.schema(of: name)
            let bindings = try padded(input.bindings, to: schema.arity, name, input.span)
            let moment = try validity.map { expression throws(ScriptError) in try Moment.of(expression, context) }
            let use = StoredUse(name: name.text, moment: moment)
            return FixedCall.Input(source: .stored(use), bindings: bindings, span: input.span)
        case .namedRelation(let name, let fields, let validity):
            let schema = try catalog.schema(of: name)
            for field in fields where !schema.columns.contains(where: { $0.name == field.text }) {
                throw ScriptError(
                    .fieldUnknown,
                    "stored relation '\(name)' does not have field '\(field)'",
                    at: field.span
                )
            }
            let bindings = schema.columns.map { column in
                zip(fields, input.bindings).first { $0.0.text == column.name }?.1 ?? Name("_", input.span)
            }
            let moment = try validity.map { expression throws(ScriptError) in try Moment.of(expression, context) }
            let use = StoredUse(name: name.text, moment: moment)
            return FixedCall.Input(source: .stored(use), bindings: bindings, span: input.span)
        }
    }

    /// An input may leave out its bindings, or name all of them.
    private func padded(
        _ bindings: [Name],
        to arity: Int,
        _ name: Name,
        _ span: Span
    ) throws(ScriptError) -> [Name] {
        if bindings.isEmpty { return (0..<arity).map { _ in Name("_", span) } }
        guard bindings.count == arity else {
            throw ScriptError(
                .arityMismatch,
                "Arity mismatch for \(name): expect \(arity), got \(bindings.count)",
                at: span
            )
        }
        return bindings
    }
}

extension HeadArgument {
    /// The column as an answer shows it.
    var header: String {
        guard let aggregate else { return variable.text }
        return "\(aggregate.name)(\(variable))"
    }
}

extension Datum {
    var jsonElements: [Datum]? {
        if case .json(.array(let elements)) = self { elements.map(\.datum) } else { nil }
    }
}
