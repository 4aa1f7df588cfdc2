internal import Model
internal import Ports
internal import SQLiteDriver

// What a view's generations are in SQLite: tables of their own, and an entry of their own in prima_views.

extension SQLiteSession {
    /// Runs `body` in a write transaction.
    func transaction<Result>(
        _ operation: StaticString,
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try connection.transaction(.immediate, failing: { StoreError($0, in: operation) }, body)
    }

    /// Makes the generation ready to be written, and returns the position it shows.
    func begin(_ view: ViewSchema, _ generation: Generation) throws(StoreError) -> Position? {
        let entry = try translating("find a view", try self.entry(view.name, generation))
        if let entry {
            // Another process has brought the view forward since this one adopted it.
            guard entry.version == view.version else {
                throw StoreError(
                    .conflict,
                    in: "find a view",
                    engine: "SQLite",
                    context: "\(view.name) is of version \(entry.version), not \(view.version)"
                )
            }
            return entry.position
        }
        try translating("make a view") { () throws(Failure) in
            if generation != .live { try makeTables(of: view, generation) }
            try setEntry(view.name, generation, nil, version: view.version)
        }
        return nil
    }

    private func makeTables(of view: ViewSchema, _ generation: Generation) throws(Failure) {
        for table in view.tables {
            for statement in SQLiteDialect.create(table, generation) { try connection.execute(statement) }
        }
    }

    /// Drops the tables and the entry of a generation that is not the live one.
    func drop(_ view: ViewSchema, _ generation: Generation) throws(Failure) {
        for table in view.tables {
            let name = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, generation))
            try connection.execute("DROP TABLE IF EXISTS \(name)")
        }
        try removeEntry(view.name, generation)
    }

    func copy(_ view: ViewSchema, from source: Generation, to copy: Generation) throws(StoreError) {
        let entry = try existing(view, source, "copy a view")
        try translating("copy a view") { () throws(Failure) in
            try drop(view, copy)
            try makeTables(of: view, copy)
            for table in view.tables {
                let from = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, source))
                let to = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, copy))
                try connection.execute("INSERT INTO \(to) SELECT * FROM \(from)")
            }
            try setEntry(view.name, copy, entry.position, version: view.version)
        }
    }

    private func existing(
        _ view: ViewSchema,
        _ generation: Generation,
        _ operation: StaticString
    ) throws(StoreError) -> (position: Position?, version: Int) {
        guard let entry = try translating(operation, try entry(view.name, generation)) else {
            throw StoreError(.notFound, in: operation, engine: "SQLite", context: "\(view.name) has no \(generation)")
        }
        return entry
    }

    func empty(_ view: ViewSchema) throws(Failure) {
        for table in view.tables {
            try connection.execute("DELETE FROM \(SQLiteDialect.quoted(table.name))")
        }
        try setEntry(view.name, .live, nil, version: view.version)
    }

    /// Renames the shadow's tables, so that no row is copied; indexes cannot be renamed, and are made again.
    func promote(_ view: ViewSchema) throws(StoreError) {
        let shadow = try existing(view, .shadow, "promote a view")
        let live = try translating("promote a view", try entry(view.name, .live))
        try RowsConfinement.checkPromotion(of: view.name, from: live?.position, to: shadow.position)
        try translating("promote a view") { () throws(Failure) in
            for table in view.tables {
                let live = SQLiteDialect.quoted(table.name)
                let shadow = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, .shadow))
                for index in table.indexes {
                    let name = SQLiteDialect.quoted(SQLiteDialect.indexName(index, of: table, .shadow))
                    try connection.execute("DROP INDEX \(name)")
                }
                try connection.execute("DROP TABLE \(live)")
                try connection.execute("ALTER TABLE \(shadow) RENAME TO \(live)")
                for index in table.indexes {
                    try connection.execute(SQLiteDialect.createIndex(index, of: table, .live))
                }
            }
            try removeEntry(view.name, .shadow)
            try setEntry(view.name, .live, shadow.position, version: view.version)
        }
    }
}

// MARK: Purging

extension SQLiteSession {
    /// Whether what a transaction deleted may still be in the files; kept in the database's header.
    func isPurgeOwed() throws(Failure) -> Bool { try connection.integer("PRAGMA user_version") != 0 }

    func owePurge() throws(Failure) { try connection.execute("PRAGMA user_version = 1") }

    func purge() throws(Failure) {
        try connection.truncateLog()
        try connection.scrub()
        guard try isPurgeOwed() else { return }
        try connection.execute("PRAGMA user_version = 0")
        try connection.truncateLog()
    }
}
