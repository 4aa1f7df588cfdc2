// System operations, schemas and chains of statements.
extension ScriptParser {
    mutating func system() throws(ScriptError) -> SystemSyntax {
        let start = position
        try expect("::")
        let word = try name(.plain, for: "the name of a system operation")
        switch word.text {
        case "relations": return .relations
        case "columns": return .columns(try relationName())
        case "indices": return .indices(try relationName())
        case "describe":
            let relation = try relationName()
            let isText = byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || startsRawText
            return .describe(relation, isText ? try quoted() : "")
        case "remove": return .remove(try relationNames())
        case "rename":
            var pairs: [(from: Name, to: Name)] = []
            repeat {
                let from = try relationName()
                try expect("->", remedy: "::rename old -> new")
                pairs.append((from, try relationName()))
            } while take(",")
            return .rename(pairs)
        case "access_level":
            let level = try name(.plain, for: "an access level")
            guard let access = AccessLevel(rawValue: level.text) else {
                throw ScriptError(
                    .syntax,
                    "there is no access level `\(level)`",
                    at: level.span,
                    remedy: "levels are normal, protected, read_only and hidden"
                )
            }
            return .accessLevel(access, try relationNames())
        case "show_triggers": return .showTriggers(try relationName())
        case "set_triggers": return try triggers()
        case "explain":
            try expect("{", remedy: "::explain { ?[x] := … }")
            let query = try query(until: "}")
            try expect("}")
            return .explain(query)
        case "index": return try index()
        case "compact": return .compact
        case "running": return .running
        case "kill": return .kill(try expression())
        case "fixed_rules": return .fixedRules
        case "hnsw", "fts", "lsh":
            position = bytes.count
            return .unsupported("::" + word.text, Span(start: start, length: word.text.utf8.count + 2))
        default:
            throw ScriptError(
                .syntax,
                "there is no system operation `::\(word)`",
                at: word.span,
                remedy: "try ::relations, ::columns, ::remove, ::rename, ::index, ::explain, ::set_triggers"
            )
        }
    }

    private mutating func relationNames() throws(ScriptError) -> [Name] {
        var names = [try relationName()]
        while take(",") { names.append(try relationName()) }
        return names
    }

    private mutating func index() throws(ScriptError) -> SystemSyntax {
        let isDrop = takeWord("drop")
        guard isDrop || takeWord("create") else { throw unexpected("`create` or `drop`") }
        let relation = try name(.compound, for: "a relation")
        try expect(":", remedy: "::index create relation:index {column}")
        let index = try name(.plain, for: "the name of the index")
        if isDrop { return .dropIndex(relation: relation, index: index) }
        try expect("{", remedy: "::index create \(relation):\(index) {column}")
        let columns = try items(until: "}") { parser throws(ScriptError) in try parser.name(.plain, for: "a column") }
        return .createIndex(relation: relation, index: index, columns: columns)
    }

    private mutating func triggers() throws(ScriptError) -> SystemSyntax {
        let relation = try relationName()
        var triggers: [TriggerSyntax] = []
        while takeWord("on") {
            let word = try name(.plain, for: "`put`, `rm` or `replace`")
            guard let event = TriggerEvent(rawValue: word.text) else {
                throw ScriptError(
                    .syntax,
                    "nothing is triggered by `\(word)`",
                    at: word.span,
                    remedy: "on put, on rm or on replace"
                )
            }
            try expect("{")
            let start = position
            _ = try query(until: "}")
            let source = text(start..<position)
            try expect("}")
            triggers.append(TriggerSyntax(event: event, source: source))
        }
        return .setTriggers(relation, triggers)
    }

    // MARK: Schemas

    mutating func schema() throws(ScriptError) -> SchemaSyntax {
        try expect("{")
        var schema = SchemaSyntax(keys: [], values: [])
        var names: Set<Name> = []
        var isBehindArrow = false
        while !take("}") {
            if !isBehindArrow, take("=>") {
                isBehindArrow = true
                continue
            }
            let column = try column()
            guard names.insert(column.name).inserted else {
                throw ScriptError(
                    .duplicateColumn,
                    "Column \(column.name) is defined multiple times",
                    at: column.name.span
                )
            }
            if isBehindArrow { schema.values.append(column) } else { schema.keys.append(column) }
            if take(",") || at("}") || at("=>") && !isBehindArrow { continue }
            throw unexpected("`,`, `=>` or `}`", remedy: "columns look like {key: Int => value: String default ''}")
        }
        return schema
    }

    private mutating func column() throws(ScriptError) -> ColumnSyntax {
        let name = try name(.plain, for: "a column")
        let type = take(":") ? try columnType() : ColumnType(kind: .any, isNullable: true)
        var fallback: Expression?
        var fallbackSource: String?
        var binding = name
        if takeWord("default") {
            let start = position
            fallback = try expression()
            fallbackSource = text(start..<position)
        } else if byte == UInt8(ascii: "="), byte(ahead: 1) != UInt8(ascii: ">") {
            _ = take("=")
            binding = try outputName()
        }
        return ColumnSyntax(
            name: name,
            type: type,
            fallback: fallback,
            fallbackSource: fallbackSource,
            binding: binding
        )
    }

    private mutating func columnType() throws(ScriptError) -> ColumnType {
        let kind = try nested { parser throws(ScriptError) in try parser.columnKind() }
        return ColumnType(kind: kind, isNullable: take("?"))
    }

    private mutating func columnKind() throws(ScriptError) -> ColumnType.Kind {
        if take("[") {
            let element = try columnType()
            var count: Int?
            if take(";") {
                let place = position
                guard case .constant(.int(let number), _) = try expression(), number >= 0 else {
                    throw ScriptError(
                        .schema,
                        "Bad specification of list length in type",
                        at: span(from: place),
                        remedy: "a length is a whole number: [Int; 3]"
                    )
                }
                count = Int(number)
            }
            try expect("]")
            return .list(element, count: count)
        }
        if take("(") {
            return .tuple(try items(until: ")") { parser throws(ScriptError) in try parser.columnType() })
        }
        if take("<") {
            let word = try name(.plain, for: "F32 or F64")
            try expect(";")
            guard case .constant(.int(let count), _) = try number(), count >= 0 else { throw unexpected("a length") }
            try expect(">")
            switch word.text {
            case "F32", "Float": return .vector(.single, count: Int(count))
            case "F64", "Double": return .vector(.double, count: Int(count))
            default: throw ScriptError(.badVectorType, "vectors are of F32 or F64", at: word.span)
            }
        }
        let word = try name(.plain, for: "a type")
        guard let kind = ColumnType.Kind(word.text) else {
            throw ScriptError(
                .syntax,
                "there is no type `\(word)`",
                at: word.span,
                remedy: "types are Any, Bool, Int, Float, String, Bytes, Uuid, Json, Validity, [T], (T, U), <F32; n>"
            )
        }
        return kind
    }

    // MARK: Chains

    mutating func chain() throws(ScriptError) -> [Statement] {
        var statements: [Statement] = []
        while !isAtEnd { statements.append(try statement()) }
        return statements
    }

    private mutating func block() throws(ScriptError) -> [Statement] {
        var statements: [Statement] = []
        while !isAtEnd, !at("%end"), !at("%else") {
            statements.append(try nested { parser throws(ScriptError) in try parser.statement() })
        }
        return statements
    }

    private mutating func statement() throws(ScriptError) -> Statement {
        let start = position
        if at("{") { return .run(try runnable()) }
        if takeWord("%if_not") { return try choice(isNegated: true) }
        if takeWord("%if") { return try choice(isNegated: false) }
        if takeWord("%mark") {
            let label = try name(.plain, for: "a label")
            guard takeWord("%loop") else { throw unexpected("`%loop`") }
            return try loop(label, from: start)
        }
        if takeWord("%loop") { return try loop(nil, from: start) }
        if takeWord("%break") { return .stop(label: takeName(.plain), span(from: start)) }
        if takeWord("%continue") { return .next(label: takeName(.plain), span(from: start)) }
        if takeWord("%ignore_error") { return .ignoringErrors(try runnable()) }
        if takeWord("%debug") { return .debug(try name(.underscored, for: "a relation")) }
        if takeWord("%swap") {
            return .swap(try name(.underscored, for: "a relation"), try name(.underscored, for: "a relation"))
        }
        if takeWord("%return") {
            var sources: [Statement.Source] = []
            while !isAtEnd, !at("%") {
                sources.append(at("{") ? .query(try runnable()) : .relation(try name(.underscored, for: "a relation")))
                guard take(",") else { break }
            }
            return .result(sources, span(from: start))
        }
        throw unexpected("a statement", remedy: "a chain is made of {queries} and of %if, %loop, %return and their kin")
    }

    private mutating func runnable() throws(ScriptError) -> Statement.Runnable {
        let start = position
        try expect("{")
        let content: Statement.Content
        if at("::") {
            content = .system(try system())
        } else {
            content = .query(try query(until: "}"))
        }
        try expect("}", remedy: "each query of a chain stands between braces")
        let target = takeWord("as") ? try name(.underscored, for: "a temporary relation") : nil
        return Statement.Runnable(content: content, target: target, span: span(from: start))
    }

    private mutating func choice(isNegated: Bool) throws(ScriptError) -> Statement {
        let condition: Statement.Condition =
            at("{") ? .query(try runnable()) : .relation(try name(.underscored, for: "a relation or a query"))
        _ = takeWord("%then")
        let then = try block()
        let otherwise = takeWord("%else") ? try block() : []
        guard takeWord("%end") else { throw unexpected("`%end`") }
        return .choice(condition, isNegated: isNegated, then: then, otherwise: otherwise)
    }

    private mutating func loop(_ label: Name?, from start: Int) throws(ScriptError) -> Statement {
        let body = try block()
        guard takeWord("%end") else { throw unexpected("`%end`") }
        return .loop(label: label, body, span(from: start))
    }
}
