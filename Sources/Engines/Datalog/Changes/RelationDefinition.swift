/// Everything of a stored relation but its rows, as JSON.
struct RelationDefinition {
    let json: String

    init(_ relation: StoredRelation) {
        let triggers = relation.triggers.map { JSONTree.array([.text($0.event.rawValue), .text($0.source)]) }
        let indices = relation.indices.map { index in
            JSONTree.array([.text(index.name), .array(index.columns.map { .int(Int64($0)) })])
        }
        json =
            JSONTree.object(of: [
                ("columns", .text(relation.schema.source)), ("access", .text(relation.access.rawValue)),
                ("note", .text(relation.note)), ("triggers", .array(triggers)), ("indices", .array(indices)),
            ])
            .description
    }

    /// The relation without rows; nil when the text is no definition.
    static func relation(_ name: String, _ json: String) -> StoredRelation? {
        guard let tree = JSONTree(parsing: json), case .text(let columns)? = tree.member("columns"),
            let schema = try? ScriptParser.schema(columns), case .text(let access)? = tree.member("access"),
            let level = AccessLevel(rawValue: access), case .text(let note)? = tree.member("note"),
            case .array(let triggers)? = tree.member("triggers"), case .array(let indices)? = tree.member("indices")
        else { return nil }
        var relation = StoredRelation(name: name, schema: schema)
        relation.access = level
        relation.note = note
        for case .array(let trigger) in triggers {
            guard trigger.count == 2, case .text(let event) = trigger[0], case .text(let source) = trigger[1],
                let event = TriggerEvent(rawValue: event)
            else { return nil }
            relation.triggers.append(TriggerSyntax(event: event, source: source))
        }
        for case .array(let index) in indices {
            guard index.count == 2, case .text(let name) = index[0], case .array(let places) = index[1] else {
                return nil
            }
            var columns: [Int] = []
            for case .int(let place) in places where place >= 0 && place < schema.arity { columns.append(Int(place)) }
            guard columns.count == places.count else { return nil }
            relation.indices.append((name, columns))
        }
        return relation
    }
}

extension RelationSchema {
    /// The columns as a script writes them.
    var source: String {
        func text(_ columns: [Column]) -> String {
            columns.map { column in
                "\(column.name): \(column.type)" + (column.fallbackSource.map { " default \($0)" } ?? "")
            }
            .joined(separator: ", ")
        }
        return "{\(text(keys))" + (values.isEmpty ? "}" : " => \(text(values))}")
    }

    init(_ syntax: SchemaSyntax) {
        func columns(_ syntax: [ColumnSyntax]) -> [Column] {
            syntax.map {
                Column(name: $0.name.text, type: $0.type, fallback: $0.fallback, fallbackSource: $0.fallbackSource)
            }
        }
        self.init(keys: columns(syntax.keys), values: columns(syntax.values))
    }
}

extension ScriptParser {
    /// Reads the columns of a relation.
    static func schema(_ text: String) throws(ScriptError) -> RelationSchema {
        guard case .query(let query) = try parse("?[a] <- [[1]] :create a \(text)"),
            case .relation(_, _, let schema?, _)? = query.options.last
        else { throw ScriptError(.syntax, "no columns") }
        return RelationSchema(schema)
    }
}
