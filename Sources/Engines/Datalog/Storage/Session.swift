/// One script at work: the state that it began with, and what it has changed.
final class Session {
    var relations: [String: StoredRelation]
    var temporary: [String: StoredRelation] = [:]
    let interner: Interner
    let call: Database.Call
    let watch: BudgetWatch
    private let lexicon: Lexicon
    /// How deep triggers have triggered triggers.
    var triggerDepth = 0

    init(_ state: Database.State, _ call: Database.Call) {
        relations = state.relations
        lexicon = state.lexicon
        self.call = call
        interner = Interner(state.lexicon)
        watch = BudgetWatch(call.budget, elapsed: call.elapsed, isCancelled: call.isCancelled)
    }

    func context(_ parameters: [String: Datum]? = nil) -> EvaluationContext {
        EvaluationContext(
            parameters: parameters ?? call.parameters,
            now: call.now,
            seed: call.seed,
            readFile: call.readFile
        )
    }

    func run(_ script: Script) throws(ScriptError) -> Answer {
        switch script {
        case .query(let query): return try run(query)
        case .system(let operation): return try run(operation)
        case .chain(let statements): return try ChainRun(self).run(statements)
        }
    }

    // MARK: Queries

    func run(_ syntax: QuerySyntax) throws(ScriptError) -> Answer {
        let context = context()
        let program = try ProgramBuilder.build(syntax, catalog: self, context: context)
        let options = program.options
        let patience = options.timeout.map { timeout in
            var budget = call.budget
            budget.seconds = min(timeout, budget.seconds ?? .infinity)
            return BudgetWatch(budget, elapsed: call.elapsed, isCancelled: call.isCancelled)
        }
        let table = try evaluate(program, context, patience ?? watch)
        let answer = sorted(table, program)
        try check(options, answer)
        if let seconds = options.sleep { call.pause(seconds) }
        guard let mutation = options.mutation else { return answer }
        return try apply(mutation, answer, returning: options.returnsRows)
    }

    func evaluate(
        _ program: Program,
        _ context: EvaluationContext,
        _ watch: BudgetWatch
    ) throws(ScriptError) -> Table {
        let execution = Execution(
            try stratified(program),
            interner: interner,
            context: context,
            watch: watch,
            batchSize: call.batchSize
        ) { use throws(ScriptError) in try self.rows(use) }
        return try execution.run()
    }

    /// The program in order, with what is bound handed on where that is possible.
    func stratified(_ program: Program) throws(ScriptError) -> StratifiedProgram {
        let plain = try StratifiedProgram(program)
        guard program.options.usesMagic else { return plain }
        // Asking may close a cycle through an aggregate: then the program stays as it was.
        return (try? StratifiedProgram(MagicRewrite.rewritten(program))) ?? plain
    }

    private func sorted(_ table: Table, _ program: Program) -> Answer {
        let options = program.options
        let sorter = Sorter(table.columns, count: table.count, interner)
        return sorter.answer(
            headers: program.headers,
            sort: options.sort,
            offset: options.offset,
            limit: options.limit
        )
    }

    private func check(_ options: QueryOptions, _ answer: Answer) throws(ScriptError) {
        switch options.assertion {
        case .none(let span)? where answer.rowCount > 0:
            throw ScriptError(
                .assertNoneFailed,
                "The query is asserted to return no result, but a tuple \(Datum.list(answer[0]).shown) is found",
                at: span
            )
        case .some(let span)? where answer.rowCount == 0:
            throw ScriptError(
                .assertSomeFailed,
                "The query is asserted to return some results, but returned none",
                at: span
            )
        default: break
        }
    }

    // MARK: Relations

    func relation(_ name: String) throws(ScriptError) -> StoredRelation {
        if let relation = temporary[name] ?? relations[name] { return relation }
        throw ScriptError(
            .relationUnknown,
            "Cannot find requested stored relation '\(name)'",
            remedy: NearestName.nearest(to: name, among: (Array(relations.keys) + Array(temporary.keys)).sorted())
                .map { "did you mean `\($0)`?" }
        )
    }

    func set(_ relation: StoredRelation) {
        if Name(relation.name).isTemporary {
            temporary[relation.name] = relation
        } else {
            relations[relation.name] = relation
        }
    }

    /// The relation and the index that a name with a colon means; the index is nil without one.
    private func indexed(_ name: String) throws(ScriptError) -> (StoredRelation, columns: [Int]?) {
        let parts = name.split(separator: ":")
        guard parts.count == 2 else { return (try relation(name), nil) }
        let base = try relation(String(parts[0]))
        guard let index = base.indices.first(where: { $0.name == parts[1] }) else {
            throw ScriptError(.relationUnknown, "Cannot find requested stored relation '\(name)'")
        }
        return (base, index.columns)
    }

    private func rows(_ use: StoredUse) throws(ScriptError) -> RelationRows {
        let (relation, columns) = try indexed(use.name)
        guard relation.access > .hidden else {
            throw ScriptError(
                .accessDenied,
                "Insufficient access level hidden for reading rows of stored relation \(use.name)"
            )
        }
        if let columns { return relation.indexed(columns) }
        guard let moment = use.moment else { return relation.rows }
        return TimeTravel.rows(relation, at: moment, interner)
    }

    // MARK: The end

    /// The state with what the script has changed.
    func committed() -> Database.State {
        Committer(lexicon, interner).committed(relations)
    }

    /// Does again what a transaction did.
    func apply(_ change: RelationChange) throws(ScriptError) {
        guard change.fate != .gone else {
            relations[change.name] = nil
            return
        }
        let misfit = ScriptError(.relationMisfits, "changes of '\(change.name)' do not fit what was before them")
        var relation = relations[change.name]
        if let definition = change.definition {
            guard var defined = RelationDefinition.relation(change.name, definition) else { throw misfit }
            if change.fate == .kept, let relation { defined.rows = relation.rows }
            relation = defined
        }
        guard let relation else { throw misfit }
        let (arity, keys) = (relation.schema.arity, relation.keys.count)
        guard change.added.allSatisfy({ $0.count == arity }), change.removed.allSatisfy({ $0.count == keys }) else {
            throw misfit
        }
        var writer = RowWriter(relation)
        if !change.removed.isEmpty { writer.remove(buffers(change.removed, keys), count: change.removed.count) }
        if !change.added.isEmpty { writer.put(buffers(change.added, arity), count: change.added.count) }
        relations[change.name] = writer.relation
    }

    private func buffers(_ rows: [[Datum]], _ width: Int) -> [CodeBuffer] {
        (0..<width).map { column in
            let buffer = CodeBuffer(capacity: rows.count)
            for row in rows { buffer.append(interner.encode(row[column])) }
            return buffer
        }
    }

    func load(_ name: String, keys: [String], values: [String], _ columns: [Answer.Column]) {
        let any = ColumnType(kind: .any, isNullable: true)
        func column(_ name: String) -> RelationSchema.Column {
            RelationSchema.Column(name: name, type: any, fallback: nil)
        }
        let schema = RelationSchema(keys: keys.map(column), values: values.map(column))
        var relation = relations[name] ?? StoredRelation(name: name, schema: schema)
        let buffers = columns.map { column in
            let buffer = CodeBuffer()
            switch column {
            case .integers(let numbers):
                buffer.reserve(numbers.count)
                for number in numbers { buffer.append(interner.encode(.int(number))) }
            case .values(let values): for value in values { buffer.append(interner.encode(value)) }
            }
            return buffer
        }
        var writer = RowWriter(relation)
        writer.put(buffers, count: buffers[0].count)
        relation = writer.relation
        relations[name] = relation
    }
}

extension Session: Catalog {
    func schema(of relation: Name) throws(ScriptError) -> RelationSchema {
        let (stored, columns) = try indexed(relation.text)
        guard let columns else { return stored.schema }
        return RelationSchema(keys: columns.map { stored.schema.columns[$0] }, values: [])
    }
}
