// Rules and options.
extension ScriptParser {
    /// Reads rules and options up to the end, or up to a closing brace, which stays unread.
    mutating func query(until close: String?) throws(ScriptError) -> QuerySyntax {
        var query = QuerySyntax()
        let start = position
        while !isAtEnd {
            if let close, at(close) { break }
            if byte == UInt8(ascii: ":"), byte(ahead: 1) != UInt8(ascii: "=") {
                query.options.append(try option())
            } else {
                query.rules.append(try rule())
            }
            _ = take(";")
        }
        guard !query.rules.isEmpty || !query.options.isEmpty else {
            throw unexpected("a rule", remedy: "a query has a rule for its answer: ?[x] := …")
        }
        query.span = span(from: start)
        return query
    }

    private mutating func rule() throws(ScriptError) -> RuleSyntax {
        let start = position
        let name: Name
        if byte == UInt8(ascii: "?") {
            name = Name("?", Span(start: position, length: 1))
            _ = take("?")
        } else {
            name = try self.name(.plain, for: "a rule")
        }
        let headStart = position
        try expect("[", remedy: "a rule has a head in brackets: \(name)[x, y] := …")
        let head = try items(until: "]") { parser throws(ScriptError) in try parser.headArgument() }
        let headSpan = span(from: headStart)
        let body: RuleSyntax.Body
        if take(":=") {
            body = .atoms(try atoms())
        } else if take("<-") {
            let dataStart = position
            let rows = try expression()
            body = .constant(rows, names: parameterNames(in: dataStart..<position))
        } else if take("<~") {
            body = .fixed(try fixedRule())
        } else {
            throw unexpected("`:=`, `<-` or `<~`", remedy: "`:=` opens a body, `<-` rows, `<~` an algorithm")
        }
        return RuleSyntax(name: name, head: head, headSpan: headSpan, body: body, span: span(from: start))
    }

    /// The names in `[[$a, $b]]`; none when anything else stands there.
    private func parameterNames(in range: Range<Int>) -> [Name] {
        var parser = self
        parser.position = range.lowerBound
        guard parser.take("["), parser.take("[") else { return [] }
        var names: [Name] = []
        while parser.byte == UInt8(ascii: "$") {
            parser.position += 1
            guard let name = parser.takeName(.parameter) else { return [] }
            names.append(name)
            guard parser.take(",") else { break }
        }
        guard parser.take("]"), parser.take("]"), parser.position == range.upperBound else { return [] }
        return names
    }

    private mutating func headArgument() throws(ScriptError) -> HeadArgument {
        let start = position
        if let function = takeName(.plain), take("(") {
            let variable = try name(.variable, for: "a variable")
            var arguments: [Expression] = []
            while take(",") { arguments.append(try expression()) }
            try expect(")")
            return HeadArgument(variable: variable, aggregate: (function, arguments))
        }
        position = start
        return HeadArgument(variable: try name(.variable, for: "a variable of the head"), aggregate: nil)
    }

    // MARK: Fixed rules

    private mutating func fixedRule() throws(ScriptError) -> FixedRuleSyntax {
        let algorithm = try name(.compound, for: "the name of an algorithm")
        let start = position
        try expect("(", remedy: "an algorithm takes its inputs in parentheses: \(algorithm)(*edges[from, to])")
        var inputs: [FixedRuleSyntax.Input] = []
        var options: [(Name, Expression)] = []
        while !take(")") {
            if byte == UInt8(ascii: "*") || followsName(with: "[") {
                inputs.append(try fixedInput())
            } else {
                let name = try self.name(.plain, for: "an input or an option")
                try expect(":", remedy: "an option is written \(name): value")
                options.append((name, try expression()))
            }
            if take(",") { continue }
            try expect(")")
            break
        }
        return FixedRuleSyntax(algorithm: algorithm, inputs: inputs, options: options, span: span(from: start))
    }

    private func followsName(with mark: String) -> Bool {
        var parser = self
        return parser.takeName(.underscored) != nil && parser.at(mark)
    }

    private mutating func fixedInput() throws(ScriptError) -> FixedRuleSyntax.Input {
        let start = position
        guard take("*") else {
            let rule = try name(.plain, for: "a rule")
            try expect("[")
            let bindings = try items(until: "]") { parser throws(ScriptError) in
                try parser.name(.variable, for: "a variable")
            }
            return FixedRuleSyntax.Input(source: .rule(rule), bindings: bindings, span: span(from: start))
        }
        let relation = try relationName()
        if take("[") {
            var bindings: [Name] = []
            while !at("]"), !at("@") {
                bindings.append(try name(.variable, for: "a variable"))
                guard take(",") else { break }
            }
            let validity = try validityClause()
            try expect("]")
            return FixedRuleSyntax.Input(
                source: .relation(relation, validity: validity),
                bindings: bindings,
                span: span(from: start)
            )
        }
        try expect("{", remedy: "write *\(relation)[…] or *\(relation){…}")
        var fields: [Name] = []
        var bindings: [Name] = []
        while !at("}"), !at("@") {
            let field = try name(.plain, for: "a column")
            fields.append(field)
            bindings.append(take(":") ? try name(.variable, for: "a variable") : field)
            guard take(",") else { break }
        }
        let validity = try validityClause()
        try expect("}")
        return FixedRuleSyntax.Input(
            source: .namedRelation(relation, fields: fields, validity: validity),
            bindings: bindings,
            span: span(from: start)
        )
    }

    mutating func relationName() throws(ScriptError) -> Name {
        if let name = takeName(byte == UInt8(ascii: "_") ? .underscored : .compoundOrIndex) { return name }
        throw unexpected("the name of a stored relation")
    }

    mutating func validityClause() throws(ScriptError) -> Expression? {
        guard take("@") else { return nil }
        return try expression()
    }

    // MARK: Options

    private mutating func option() throws(ScriptError) -> OptionSyntax {
        let start = position
        position += 1
        guard let end = nameEnd(.plain) else { throw unexpected("the name of an option") }
        let word = text(position..<end)
        position = end
        skipSpace()
        switch word {
        case "limit": return .limit(try expression())
        case "offset": return .offset(try expression())
        case "timeout": return .timeout(try expression())
        case "sleep": return .sleep(try expression())
        case "sort", "order": return .sort(try sortKeys())
        case "disable_magic_rewrite": return .disableMagic(try expression())
        case "returning": return .returning
        case "assert":
            if takeWord("none") { return .assertNone(span(from: start)) }
            if takeWord("some") { return .assertSome(span(from: start)) }
            throw unexpected("`none` or `some`")
        default: break
        }
        guard let operation = RelationOperation(rawValue: word) else {
            throw ScriptError(
                .syntax,
                "there is no option `:\(word)`",
                at: Span(start: start, length: word.utf8.count + 1),
                remedy:
                    "options are :limit, :offset, :sort, :timeout, :assert, :create, :put, :rm and their kin"
            )
        }
        let relation = try relationName()
        let schema = at("{") ? try self.schema() : nil
        return .relation(operation, relation, schema, span(from: start))
    }

    private mutating func sortKeys() throws(ScriptError) -> [SortKey] {
        var keys: [SortKey] = []
        repeat {
            var direction = SortDirection.ascending
            if take("-") { direction = .descending } else { _ = take("+") }
            keys.append(SortKey(name: try outputName(), direction: direction))
        } while take(",")
        return keys
    }

    /// A column of the answer: `x` or `count(x)`.
    mutating func outputName() throws(ScriptError) -> Name {
        let start = position
        let first = try name(.variable, for: "a column of the answer")
        guard take("(") else { return first }
        let inner = try name(.variable, for: "a variable")
        try expect(")")
        return Name("\(first)(\(inner))", span(from: start))
    }
}
