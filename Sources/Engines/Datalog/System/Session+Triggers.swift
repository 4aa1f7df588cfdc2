// What changes set off.
extension Session {
    /// Triggers that set off triggers without an end are an error.
    private static let deepestTrigger = 32

    /// Runs the triggers of a relation after a change: the rows are in `_new` and `_old`.
    func fire(
        _ operation: RelationOperation,
        _ relation: StoredRelation,
        _ change: RowChange
    ) throws(ScriptError) {
        let event: TriggerEvent
        switch operation {
        case .create, .put, .insert, .update: event = .put
        case .replace: event = .replace
        case .rm, .delete: event = .rm
        case .ensure, .ensureNot: return
        }
        for source in relation.triggers(event) {
            guard triggerDepth < Self.deepestTrigger else {
                throw ScriptError(
                    .budget,
                    "triggers of '\(relation.name)' set off each other \(Self.deepestTrigger) deep"
                )
            }
            triggerDepth += 1
            defer { triggerDepth -= 1 }
            var parser = ScriptParser(source)
            parser.skipSpace()
            var query = try parser.query(until: nil)
            let new = event == .rm ? change.requested : change.new
            query.rules += [
                rows("_new", event == .rm ? relation.schema.keys : relation.schema.columns, new),
                rows("_old", relation.schema.columns, change.old),
            ]
            _ = try run(query)
        }
    }

    private func rows(_ name: String, _ columns: [RelationSchema.Column], _ rows: [[Datum]]) -> RuleSyntax {
        let head = columns.map { HeadArgument(variable: Name($0.name), aggregate: nil) }
        let data = Expression.constant(.list(rows.map { .list($0) }), .none)
        return RuleSyntax(
            name: Name(name),
            head: head,
            headSpan: .none,
            body: .constant(data, names: []),
            span: .none
        )
    }
}
