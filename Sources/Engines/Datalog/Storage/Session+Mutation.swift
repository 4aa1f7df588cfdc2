// What queries do to stored relations.
extension Session {
    /// Applies the rows of an answer to a relation.
    func apply(_ mutation: Mutation, _ answer: Answer, returning: Bool) throws(ScriptError) -> Answer {
        do {
            return try change(mutation, answer, returning)
        } catch {
            guard error.span == nil else { throw error }
            var placed = error
            placed.span = mutation.span
            throw placed
        }
    }

    private func change(_ mutation: Mutation, _ answer: Answer, _ returning: Bool) throws(ScriptError) -> Answer {
        let name = mutation.relation.text
        let operation = mutation.operation
        var replaced: [[Datum]] = []
        if operation == .create || operation == .replace {
            replaced = try create(mutation)
        }
        let relation = try self.relation(name)
        if relation.access < .protected, operation != .ensure, operation != .ensureNot {
            throw ScriptError(
                .accessDenied,
                "Insufficient access level \(relation.access.rawValue) for changing rows of '\(name)'",
                remedy: "::access_level normal \(name)"
            )
        }
        let rows = try MutationRows(mutation, relation, answer, self)
        var change = RowChange()
        switch operation {
        case .create, .replace, .put, .insert: try put(rows, relation, operation, &change)
        case .update: try update(rows, relation, &change)
        case .rm, .delete: try remove(rows, relation, operation, &change)
        case .ensure, .ensureNot:
            try ensure(rows, relation, operation)
            return .done
        }
        if operation == .replace { change.old = replaced }
        try fire(operation, relation, change)
        return returning ? change.answer(relation) : .done
    }

    private func create(_ mutation: Mutation) throws(ScriptError) -> [[Datum]] {
        let name = mutation.relation.text
        var relation = StoredRelation(name: name, schema: try schema(of: mutation))
        guard let existing = temporary[name] ?? relations[name] else {
            set(relation)
            return []
        }
        guard mutation.operation == .replace else {
            throw ScriptError(
                .relationExists,
                "Stored relation \(name) conflicts with an existing one",
                remedy: "use :replace to begin anew, or :put to add rows"
            )
        }
        guard existing.access >= .protected else {
            throw ScriptError(
                .accessDenied,
                "Insufficient access level \(existing.access.rawValue) for replacing '\(name)'"
            )
        }
        guard existing.indices.isEmpty else {
            throw ScriptError(.rowRefused, "Cannot replace stored relation \(name) with indices attached")
        }
        relation.triggers = existing.triggers
        relation.access = existing.access
        let old = existing.triggers(.replace).isEmpty ? [] : decoded(existing)
        set(relation)
        return old
    }

    private func schema(of mutation: Mutation) throws(ScriptError) -> RelationSchema {
        let any = ColumnType(kind: .any, isNullable: true)
        guard let syntax = mutation.schema, !(syntax.keys.isEmpty && syntax.values.isEmpty) else {
            guard !mutation.head.isEmpty else {
                throw ScriptError(.relationWithoutKeys, "Input relation '\(mutation.relation)' has no keys")
            }
            let keys = mutation.head.map { RelationSchema.Column(name: $0.text, type: any, fallback: nil) }
            return RelationSchema(keys: keys, values: [])
        }
        guard !syntax.keys.isEmpty else {
            throw ScriptError(.relationWithoutKeys, "Input relation '\(mutation.relation)' has no keys")
        }
        return RelationSchema(syntax)
    }

    /// All rows of a relation.
    func decoded(_ relation: StoredRelation) -> [[Datum]] {
        var rows: [[Datum]] = []
        for part in relation.rows.parts {
            for row in 0..<part.part.count where !(part.dead?.contains(row) ?? false) {
                rows.append(part.part.columns.map { interner.decode($0[row]) })
            }
        }
        return rows
    }

    // MARK: Operations

    private func put(
        _ rows: MutationRows,
        _ relation: StoredRelation,
        _ operation: RelationOperation,
        _ change: inout RowChange
    ) throws(ScriptError) {
        let columns = try rows.columns(for: relation.schema.columns)
        let keys = Array(columns[0..<relation.keys.count])
        for row in 0..<rows.count {
            if let (part, held) = relation.find(keys, row: row) {
                if operation == .insert {
                    throw refused(relation, columns, row, "key exists in database")
                }
                change.old.append(decoded(relation, part, held))
            }
            change.new.append(columns.map { interner.decode($0[row]) })
        }
        var writer = RowWriter(relation)
        writer.put(columns, count: rows.count)
        set(writer.relation)
    }

    private func update(
        _ rows: MutationRows,
        _ relation: StoredRelation,
        _ change: inout RowChange
    ) throws(ScriptError) {
        let keys = try rows.columns(for: relation.schema.keys)
        let given = try rows.given(relation.schema.values)
        let columns = keys + relation.schema.values.map { _ in CodeBuffer() }
        for row in 0..<rows.count {
            guard let (part, held) = relation.find(keys, row: row) else {
                throw refused(relation, keys, row, "key to update does not exist")
            }
            for (place, column) in given.enumerated() {
                let old = relation.rows.parts[part].part.columns[keys.count + place][held]
                columns[keys.count + place].append(column?[row] ?? old)
            }
            change.old.append(decoded(relation, part, held))
            change.new.append(columns.map { interner.decode($0[row]) })
        }
        var writer = RowWriter(relation)
        writer.put(columns, count: rows.count)
        set(writer.relation)
    }

    private func remove(
        _ rows: MutationRows,
        _ relation: StoredRelation,
        _ operation: RelationOperation,
        _ change: inout RowChange
    ) throws(ScriptError) {
        let keys = try rows.columns(for: relation.schema.keys)
        for row in 0..<rows.count {
            if let (part, held) = relation.find(keys, row: row) {
                change.old.append(decoded(relation, part, held))
            } else if operation == .delete {
                throw refused(relation, keys, row, "key does not exists in database")
            }
            change.requested.append(keys.map { interner.decode($0[row]) })
        }
        var writer = RowWriter(relation)
        writer.remove(keys, count: rows.count)
        set(writer.relation)
    }

    private func ensure(
        _ rows: MutationRows,
        _ relation: StoredRelation,
        _ operation: RelationOperation
    ) throws(ScriptError) {
        guard relation.access >= .readOnly else {
            throw ScriptError(.accessDenied, "Insufficient access level for row check of '\(relation.name)'")
        }
        try rows.check(relation.schema.columns)
        let keys = try rows.columns(for: relation.schema.keys)
        let given = operation == .ensure ? try rows.columns(for: relation.schema.values) : []
        for row in 0..<rows.count {
            let found = relation.find(keys, row: row)
            if operation == .ensureNot {
                if found != nil { throw refused(relation, keys, row, "key exists in database") }
                continue
            }
            guard let (part, held) = found else {
                throw refused(relation, keys, row, "key does not exist in database")
            }
            let columns = relation.rows.parts[part].part.columns
            for (place, column) in given.enumerated() where columns[keys.count + place][held] != column[row] {
                throw refused(relation, keys, row, "key exists in database, but value does not match")
            }
        }
    }

    private func decoded(_ relation: StoredRelation, _ part: Int, _ row: Int) -> [Datum] {
        relation.rows.parts[part].part.columns.map { interner.decode($0[row]) }
    }

    private func refused(
        _ relation: StoredRelation,
        _ columns: [CodeBuffer],
        _ row: Int,
        _ notice: String
    ) -> ScriptError {
        let key = Datum.list(columns.prefix(relation.keys.count).map { interner.decode($0[row]) })
        return ScriptError(
            .rowRefused,
            "cannot change relation '\(relation.name)': \(notice): \(key.shown)",
            remedy: "nothing of the script was stored"
        )
    }
}

/// The rows that a change put, removed and replaced.
struct RowChange {
    var new: [[Datum]] = []
    var old: [[Datum]] = []
    var requested: [[Datum]] = []

    /// The change as `:returning` shows it.
    func answer(_ relation: StoredRelation) -> Answer {
        let width = relation.schema.arity
        func rows(_ kind: String, _ rows: [[Datum]]) -> [[Datum]] {
            rows.map { [.text(kind)] + $0 + Array(repeating: .null, count: width - $0.count) }
        }
        let all =
            rows("inserted", new) + rows("requested", requested)
            + rows(requested.isEmpty ? "replaced" : "deleted", old)
        return Answer(headers: ["_kind"] + relation.schema.columns.map(\.name), rows: all)
    }
}

/// The rows of an answer as a relation takes them.
struct MutationRows {
    private let mutation: Mutation
    private let answer: Answer
    private let session: Session

    var count: Int { answer.rowCount }

    init(_ mutation: Mutation, _ relation: StoredRelation, _ answer: Answer, _ session: Session) throws(ScriptError) {
        self.mutation = mutation
        self.answer = answer
        self.session = session
    }

    /// The columns of the answer that fill these columns; defaults fill the others.
    func columns(for columns: [RelationSchema.Column]) throws(ScriptError) -> [CodeBuffer] {
        try check(columns)
        var buffers: [CodeBuffer] = []
        for column in columns {
            if let buffer = try given(column) {
                buffers.append(buffer)
            } else if let fallback = column.fallback {
                buffers.append(try filled(column, fallback))
            }
        }
        return buffers
    }

    /// Every column is filled by the answer, or has a default.
    func check(_ columns: [RelationSchema.Column]) throws(ScriptError) {
        for column in columns where column.fallback == nil {
            guard try place(of: column.name) == nil else { continue }
            throw ScriptError(
                .columnMissing,
                "required column \(column.name) not provided by input",
                remedy: "name it in the rule's head and in braces: :put \(mutation.relation) {\(column.name)}"
            )
        }
    }

    /// The columns that the answer fills; nil for the others.
    func given(_ columns: [RelationSchema.Column]) throws(ScriptError) -> [CodeBuffer?] {
        var buffers: [CodeBuffer?] = []
        for column in columns { buffers.append(try given(column)) }
        return buffers
    }

    private func given(_ column: RelationSchema.Column) throws(ScriptError) -> CodeBuffer? {
        guard let place = try place(of: column.name) else { return nil }
        let buffer = CodeBuffer(capacity: count)
        if case .integers(let numbers) = answer.columns[place], column.type.kind == .any || column.type.kind == .int {
            for number in numbers { buffer.append(session.interner.encode(.int(number))) }
            return buffer
        }
        for row in 0..<count {
            let value = try column.type.coerced(answer.columns[place][row], now: session.call.now)
            buffer.append(session.interner.encode(value))
        }
        return buffer
    }

    private func filled(_ column: RelationSchema.Column, _ fallback: Expression) throws(ScriptError) -> CodeBuffer {
        let buffer = CodeBuffer(capacity: count)
        let context = session.context()
        for _ in 0..<count {
            let value = try fallback.bound(to: context).evaluated(in: context)
            buffer.append(session.interner.encode(try column.type.coerced(value, now: session.call.now)))
        }
        return buffer
    }

    /// The column of the answer that fills a column of the relation.
    private func place(of column: String) throws(ScriptError) -> Int? {
        guard let schema = mutation.schema, !(schema.keys.isEmpty && schema.values.isEmpty) else {
            return mutation.head.firstIndex { $0.text == column }
        }
        guard let syntax = (schema.keys + schema.values).first(where: { $0.name.text == column }) else { return nil }
        guard let place = mutation.head.firstIndex(of: syntax.binding) else {
            if syntax.fallback != nil { return nil }
            throw ScriptError(
                .columnNotFilled,
                "required column \(column) not found in the rows",
                at: syntax.name.span,
                remedy: "the rule's head has \(mutation.head.map(\.text).joined(separator: ", "))"
            )
        }
        return place
    }
}
