internal import Model
internal import Ports
internal import SQLiteDriver

/// Makes a view known to a database: its tables, its version, what a crash left.
struct SQLiteAdoption {
    private let session: SQLiteSession
    private let view: ViewSchema

    init(_ session: SQLiteSession, _ view: ViewSchema) {
        self.session = session
        self.view = view
    }

    func run() throws(StoreError) -> Position? {
        for table in view.tables { try check(table) }
        return try session.transaction("adopt a view") { () throws(StoreError) in
            try translating("adopt a view", try session.drop(view, .shadow))
            let entry = try entry()
            if let entry, entry.version == view.version { return entry.position }
            try translating("adopt a view", try session.drop(view, .base))
            try translating("adopt a view", try session.empty(view))
            return nil
        }
    }

    /// The same for who may not change anything: an older version is refused, too.
    func look() throws(StoreError) -> Position? {
        for table in view.tables { try check(table) }
        guard let entry = try entry() else { return nil }
        guard entry.version == view.version else {
            throw StoreError(
                .unsupported,
                in: "adopt a view",
                engine: "SQLite",
                context: "\(view.name) has version \(entry.version) still: a start makes it again"
            )
        }
        return entry.position
    }

    /// What the database says of the view; `unsupported` when a newer binary has kept it.
    private func entry() throws(StoreError) -> (position: Position?, version: Int)? {
        let entry = try translating("adopt a view", try session.entry(view.name, .live))
        if let entry, entry.version > view.version {
            throw StoreError(
                .unsupported,
                in: "adopt a view",
                engine: "SQLite",
                context: "\(view.name) has version \(entry.version); this binary knows \(view.version)"
            )
        }
        return entry
    }

    /// The table must be as declared: a migration makes it so.
    private func check(_ table: Table) throws(StoreError) {
        let found = try translating("read a table's columns", try self.found(table.name))
        let declared = table.columns.enumerated().map { index, column in
            Found(
                name: column.name,
                type: SQLiteDialect.typeName(column),
                isRequired: column.presence == .required,
                keyPlace: index < table.keyWidth ? index + 1 : 0
            )
        }
        // A row's own integer key is never null, whether or not it says so.
        guard found.map(\.normalised) == declared.map(\.normalised) else {
            let what = found.isEmpty ? "is not there" : "has other columns than declared"
            throw refusal("the table \(table.name) \(what): a migration is missing")
        }
        for index in table.indexes {
            let name = SQLiteDialect.indexName(index, of: table, .live)
            guard try translating("read a table's indexes", try exists(name)) else {
                throw refusal("the index \(name) is not there: a migration is missing")
            }
        }
    }

    private struct Found: Equatable {
        var name: String
        var type: String
        var isRequired: Bool
        var keyPlace: Int

        var normalised: Found {
            var found = self
            if keyPlace > 0 { found.isRequired = true }
            return found
        }
    }

    private func found(_ table: String) throws(Failure) -> [Found] {
        try session.connection.withStatement(
            "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?) ORDER BY cid"
        ) { statement throws(Failure) in
            try statement.bind(table, at: 1)
            var columns: [Found] = []
            while try statement.step() == .row {
                columns.append(
                    Found(
                        name: statement.text(at: 0),
                        type: statement.text(at: 1),
                        isRequired: statement.integer(at: 2) != 0,
                        keyPlace: Int(statement.integer(at: 3))
                    )
                )
            }
            return columns
        }
    }

    private func exists(_ index: String) throws(Failure) -> Bool {
        try session.connection.withStatement(
            "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?"
        ) { statement throws(Failure) in
            try statement.bind(index, at: 1)
            return try statement.step() == .row
        }
    }

    private func refusal(_ context: String) -> StoreError {
        StoreError(.invalid, in: "adopt a view", engine: "SQLite", context: context)
    }
}
