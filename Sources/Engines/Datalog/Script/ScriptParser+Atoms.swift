// The bodies of rules.
extension ScriptParser {
    /// Atoms with commas between them.
    mutating func atoms() throws(ScriptError) -> [Atom] {
        var atoms = [try disjunction()]
        while take(",") {
            guard startsAtom else { break }
            atoms.append(try disjunction())
        }
        return atoms
    }

    /// A comma may stand behind the last atom: what ends a body is no atom.
    private var startsAtom: Bool {
        !isAtEnd && ![UInt8(ascii: ";"), UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: ":")].contains(byte)
            && !startsRule
    }

    /// True where `name[…] :=` opens the next rule.
    private var startsRule: Bool {
        if byte == UInt8(ascii: "?") { return true }
        var parser = self
        guard parser.takeName(.plain) != nil, parser.at("[") else { return false }
        var level = 0
        while !parser.isAtEnd {
            if parser.byte == UInt8(ascii: "[") { level += 1 }
            if parser.byte == UInt8(ascii: "]") { level -= 1 }
            parser.position += 1
            if level == 0 { break }
        }
        parser.skipSpace()
        return parser.at(":=") || parser.at("<-") || parser.at("<~")
    }

    private mutating func disjunction() throws(ScriptError) -> Atom {
        let start = position
        var choices = [try atom()]
        while takeWord("or") { choices.append(try atom()) }
        return choices.count == 1 ? choices[0] : .or(choices, span(from: start))
    }

    private mutating func atom() throws(ScriptError) -> Atom {
        try nested { parser throws(ScriptError) in try parser.anyAtom() }
    }

    private mutating func anyAtom() throws(ScriptError) -> Atom {
        let start = position
        if takeWord("not") {
            let inner = try atom()
            return .not(inner, span(from: start))
        }
        if byte == UInt8(ascii: "*") { return try relationAtom() }
        if byte == UInt8(ascii: "~") {
            _ = take("~")
            let index = try relationName()
            while !isAtEnd, byte != UInt8(ascii: "}") { position += 1 }
            try expect("}", remedy: "a search is written ~\(index){…}")
            return .search(index, span(from: start))
        }
        if let bound = try nameAtom() { return bound }
        if byte == UInt8(ascii: "(") { return try parenthesised() }
        return .predicate(try expression())
    }

    /// `rule[…]`, `x = …` or `x in …`; nil when an expression stands here.
    private mutating func nameAtom() throws(ScriptError) -> Atom? {
        let start = position
        if let rule = takeName(.underscored), take("[") {
            let arguments = try items(until: "]") { parser throws(ScriptError) in try parser.expression() }
            return .rule(rule, arguments, span(from: start))
        }
        position = start
        if let variable = takeName(.variable) {
            if takeWord("in") { return .unifyEach(variable, try expression(), span(from: start)) }
            if byte == UInt8(ascii: "="), byte(ahead: 1) != UInt8(ascii: "=") {
                _ = take("=")
                return .unify(variable, try expression(), span(from: start))
            }
        }
        position = start
        return nil
    }

    /// `(x > 1)` is an expression, `(a[x], b[x] or c[x])` a body: whichever can be read.
    private mutating func parenthesised() throws(ScriptError) -> Atom {
        let start = position
        let failure: ScriptError
        do {
            return .predicate(try expression())
        } catch {
            failure = error
        }
        position = start
        _ = take("(")
        do {
            let inner = try atoms()
            try expect(")")
            return .and(inner, span(from: start))
        } catch {
            throw (error.span?.start ?? 0) >= (failure.span?.start ?? 0) ? error : failure
        }
    }

    private mutating func relationAtom() throws(ScriptError) -> Atom {
        let start = position
        position += 1
        let relation = try relationName()
        if take("[") {
            var arguments: [Expression] = []
            while !at("]"), !at("@") {
                arguments.append(try expression())
                guard take(",") else { break }
            }
            let validity = try validityClause()
            try expect("]", remedy: "arguments are separated by commas")
            return .relation(relation, arguments, validity: validity, span(from: start))
        }
        try expect("{", remedy: "write *\(relation)[…] for all columns in order, *\(relation){…} for some by name")
        var arguments: [(Name, Expression)] = []
        while !at("}"), !at("@") {
            let field = try name(.underscored, for: "a column")
            arguments.append((field, take(":") ? try expression() : .variable(field)))
            guard take(",") else { break }
        }
        let validity = try validityClause()
        try expect("}", remedy: "columns are separated by commas")
        return .namedRelation(relation, arguments, validity: validity, span(from: start))
    }
}
