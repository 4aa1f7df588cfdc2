/// The columns of a stored relation.
struct RelationSchema: Sendable {
    var keys: [Column]
    var values: [Column]

    struct Column: Sendable {
        let name: String
        let type: ColumnType
        let fallback: Expression?
        /// The fallback as it was written.
        var fallbackSource: String?
    }

    var columns: [Column] { keys + values }
    var arity: Int { keys.count + values.count }

    /// True when the last key is a moment: rows are versions, and `@` asks for one of them.
    var hasVersions: Bool { keys.last?.type.kind == .validity }
}

/// Knows the stored relations that a program names.
protocol Catalog {
    /// The columns of a relation, or of an index.
    func schema(of relation: Name) throws(ScriptError) -> RelationSchema
}
