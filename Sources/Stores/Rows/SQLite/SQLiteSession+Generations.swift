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
            if generation == .shadow { try makeShadow(view) }
            try setEntry(view.name, generation, nil, version: view.version)
        }
        return nil
    }

    func makeShadow(_ view: ViewSchema) throws(Failure) {
        for table in view.tables {
            for statement in SQLiteDialect.create(table, .shadow) { try connection.execute(statement) }
        }
    }

    func dropShadow(_ view: ViewSchema) throws(Failure) {
        for table in view.tables {
            let name = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, .shadow))
            try connection.execute("DROP TABLE IF EXISTS \(name)")
        }
        try removeEntry(view.name, .shadow)
    }

    func empty(_ view: ViewSchema) throws(Failure) {
        for table in view.tables {
            try connection.execute("DELETE FROM \(SQLiteDialect.quoted(table.name))")
        }
        try setEntry(view.name, .live, nil, version: view.version)
    }

    /// Renames the shadow's tables, so that no row is copied; indexes cannot be renamed, and are made again.
    func promote(_ view: ViewSchema) throws(StoreError) {
        let shadow = try translating("promote a view", try entry(view.name, .shadow))
        guard let shadow else {
            throw StoreError(.notFound, in: "promote a view", engine: "SQLite", context: "\(view.name) has no shadow")
        }
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
