// Operations on the database itself.
extension Session {
    func run(_ operation: SystemSyntax) throws(ScriptError) -> Answer {
        switch operation {
        case .relations: return relationList()
        case .columns(let name): return columnList(try schema(of: name))
        case .indices(let name): return indexList(try relation(name.text))
        case .describe(let name, let note):
            var relation = try relation(name.text)
            relation.note = note
            set(relation)
        case .remove(let names): for name in names { try remove(name) }
        case .rename(let pairs): for (from, to) in pairs { try rename(from, to) }
        case .accessLevel(let level, let names):
            for name in names {
                var relation = try relation(name.text)
                relation.access = level
                set(relation)
            }
        case .showTriggers(let name): return triggerList(try relation(name.text))
        case .setTriggers(let name, let triggers):
            var relation = try relation(name.text)
            relation.triggers = triggers
            set(relation)
        case .explain(let query): return try explanation(query)
        case .createIndex(let relation, let index, let columns): try createIndex(relation, index, columns)
        case .dropIndex(let relation, let index): try dropIndex(relation, index)
        case .compact: break
        case .running: return Answer(headers: ["id", "started_at"], rows: [])
        case .kill: return Answer(headers: ["status"], rows: [["NOT_FOUND"]])
        case .fixedRules:
            return Answer(headers: ["rule"], rows: FixedRule.all.keys.sorted().map { [.text($0)] })
        case .unsupported(let name, let span):
            throw ScriptError(
                .unsupported,
                "\(name) is not supported yet",
                at: span,
                remedy: "vector, text and similarity indices are on the deviation list"
            )
        }
        return .done
    }

    private func relationList() -> Answer {
        var rows: [[Datum]] = []
        for relation in relations.values.sorted(by: { $0.name < $1.name }) {
            let schema = relation.schema
            rows.append([
                .text(relation.name), .int(Int64(schema.arity)), .text(relation.access.rawValue),
                .int(Int64(schema.keys.count)), .int(Int64(schema.values.count)),
                .int(Int64(relation.triggers(.put).count)), .int(Int64(relation.triggers(.rm).count)),
                .int(Int64(relation.triggers(.replace).count)), .text(relation.note),
            ])
            for index in relation.indices.sorted(by: { $0.name < $1.name }) {
                let width = Datum.int(Int64(index.columns.count))
                rows.append([.text("\(relation.name):\(index.name)"), width, "index", width, 0, 0, 0, 0, ""])
            }
        }
        return Answer(
            headers: [
                "name", "arity", "access_level", "n_keys", "n_non_keys", "n_put_triggers", "n_rm_triggers",
                "n_replace_triggers", "description",
            ],
            rows: rows
        )
    }

    private func columnList(_ schema: RelationSchema) -> Answer {
        let rows = schema.columns.enumerated().map { place, column -> [Datum] in
            [
                .text(column.name), .bool(place < schema.keys.count), .int(Int64(place)),
                .text(column.type.description), .bool(column.fallback != nil),
            ]
        }
        return Answer(headers: ["column", "is_key", "index", "type", "has_default"], rows: rows)
    }

    private func indexList(_ relation: StoredRelation) -> Answer {
        let rows = relation.indices.sorted { $0.name < $1.name }.map { index -> [Datum] in
            let places = JSONTree.array(index.columns.map { .int(Int64($0)) })
            return [
                .text(index.name), "normal", .list([.text("\(relation.name):\(index.name)")]),
                .json(.object(of: [("indices", places)])),
            ]
        }
        return Answer(headers: ["name", "type", "relations", "config"], rows: rows)
    }

    private func triggerList(_ relation: StoredRelation) -> Answer {
        let rows = TriggerEvent.allCases.flatMap { event in
            relation.triggers(event).enumerated().map { place, source -> [Datum] in
                [.text(event.rawValue), .int(Int64(place)), .text(source)]
            }
        }
        return Answer(headers: ["type", "idx", "trigger"], rows: rows)
    }

    private func remove(_ name: Name) throws(ScriptError) {
        let relation = try relation(name.text)
        guard relation.access >= .normal else {
            throw ScriptError(
                .accessDenied,
                "Insufficient access level \(relation.access.rawValue) for relation removal",
                at: name.span,
                remedy: "::access_level normal \(name)"
            )
        }
        guard relation.indices.isEmpty else {
            throw ScriptError(
                .removal,
                "Cannot remove stored relation `\(name)` with indices attached.",
                at: name.span,
                remedy: relation.indices.map { "::index drop \(name):\($0.name)" }.joined(separator: "; ")
            )
        }
        relations[name.text] = nil
        temporary[name.text] = nil
    }

    private func rename(_ from: Name, _ to: Name) throws(ScriptError) {
        var relation = try relation(from.text)
        guard relations[to.text] == nil, temporary[to.text] == nil else {
            throw ScriptError(
                .renameConflict,
                "Stored relation \(to) conflicts with an existing one",
                at: to.span
            )
        }
        guard from.isTemporary == to.isTemporary else {
            throw ScriptError(.renameConflict, "a relation stays temporary, or stays stored", at: to.span)
        }
        guard relation.access >= .normal else {
            throw ScriptError(
                .accessDenied,
                "Insufficient access level \(relation.access.rawValue) for renaming",
                at: from.span
            )
        }
        relations[from.text] = nil
        temporary[from.text] = nil
        relation.name = to.text
        set(relation)
    }

    private func createIndex(_ name: Name, _ index: Name, _ columns: [Name]) throws(ScriptError) {
        var relation = try relation(name.text)
        guard !relation.indices.contains(where: { $0.name == index.text }) else {
            throw ScriptError(
                .indexExists,
                "index \(index) for relation \(name) already exists",
                at: index.span
            )
        }
        var places: [Int] = []
        for column in columns {
            guard let place = relation.schema.columns.firstIndex(where: { $0.name == column.text }) else {
                throw ScriptError(
                    .indexColumnUnknown,
                    "column \(column) in index \(index) for relation \(name) not found",
                    at: column.span
                )
            }
            places.append(place)
        }
        guard !places.isEmpty else {
            throw ScriptError(.relationWithoutKeys, "an index has columns", at: index.span)
        }
        for key in relation.keys where !places.contains(key) { places.append(key) }
        relation.indices.append((index.text, places))
        set(relation)
    }

    private func dropIndex(_ name: Name, _ index: Name) throws(ScriptError) {
        var relation = try relation(name.text)
        guard relation.indices.contains(where: { $0.name == index.text }) else {
            throw ScriptError(.indexUnknown, "index \(index) for relation \(name) not found", at: index.span)
        }
        relation.indices.removeAll { $0.name == index.text }
        set(relation)
    }

    // MARK: Explanations

    private func explanation(_ query: QuerySyntax) throws(ScriptError) -> Answer {
        let context = context()
        let program = try ProgramBuilder.build(query, catalog: self, context: context)
        let stratified = try stratified(program)
        let rewritten = stratified.program
        var rows: [[Datum]] = []
        for (number, stratum) in stratified.strata.enumerated() {
            for predicate in stratum.predicates {
                for line in try lines(rewritten.predicates[predicate], rewritten, stratum) {
                    rows.append([
                        .int(Int64(number)), .text(rewritten.predicates[predicate].name), .bool(stratum.isRecursive),
                        .int(Int64(line.clause)), .int(Int64(line.step)), .text(line.text),
                    ])
                }
            }
        }
        return Answer(headers: ["stratum", "rule", "recursive", "clause", "step", "operation"], rows: rows)
    }

    private func lines(
        _ predicate: Predicate,
        _ program: Program,
        _ stratum: StratifiedProgram.Stratum
    ) throws(ScriptError) -> [(clause: Int, step: Int, text: String)] {
        switch predicate.definition {
        case .rows(let rows): return [(0, 0, "\(rows.count) given rows")]
        case .fixed(let call): return [(0, 0, "algorithm \(call.rule.name)")]
        case .clauses(let clauses, _):
            var lines: [(clause: Int, step: Int, text: String)] = []
            for (number, clause) in clauses.enumerated() {
                var planner = Planner(
                    clause,
                    program,
                    StoredStatistics(session: self),
                    interner,
                    countsRows: predicate.hasAggregates
                )
                let plan = try planner.plan()
                for (step, line) in plan.description.split(separator: "\n").enumerated() {
                    lines.append((number, step, String(line.drop { $0 == " " })))
                }
            }
            return lines
        }
    }
}

/// Sizes before anything was derived.
private struct StoredStatistics: Statistics {
    let session: Session

    func isOneTable(_ relation: Plan.Relation) -> Bool { true }

    func count(_ relation: Plan.Relation) -> Double {
        guard case .stored(let use) = relation, let stored = try? session.relation(use.name) else { return 1000 }
        return Double(stored.rows.count)
    }

    func distinct(_ relation: Plan.Relation, _ column: Int) -> Double {
        guard case .stored(let use) = relation, let stored = try? session.relation(use.name) else { return 100 }
        return min(Double(stored.rows.count), Double(stored.rows.window(column)?.count ?? 0))
    }
}
