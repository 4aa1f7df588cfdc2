package import Basics
internal import FilesDriver
package import Model
package import Ports
internal import SQLiteDriver

/// Rows in one SQLite file: a writer's thread, a few readers' threads, and a write-ahead log between them.
///
/// `synchronous` is NORMAL: a commit costs no sync, and a power cut may take the newest transactions back. That is
/// lawful, since rows and position go back together and the ledger, which is synced first, gives them again; it
/// never leaves a position above the rows. What a checkpoint has copied is synced.
///
/// `secure_delete` zeroes what is deleted in the database; `purge` cuts the log, which holds older pages, and scrubs
/// the unused parts of pages, which SQLite leaves alone. Its cost is one read of the file.
package final class SQLiteRows: Rows {
    /// How a database is opened.
    package struct Options: Sendable {
        package enum Mode: Sendable {
            /// Migrations are applied; the only process that writes.
            case readWrite
            /// Nothing is changed, beside a process that writes: whatever would is `unsupported`.
            case readOnly
            /// The same where no process writes: nothing is made beside the file, and its disk may be read-only.
            case still
        }

        package var mode = Mode.readWrite
        package var readerCount = 2
        /// How long a lock that somebody else holds is waited for.
        package var patience = Duration.seconds(5)

        package init() {}
    }

    private let mode: Options.Mode
    let writer: Threads<SQLiteSession>
    private let readers: Threads<SQLiteSession>
    private let catalogue = Lock(RowsCatalogue())

    private init(_ mode: Options.Mode, writer: Threads<SQLiteSession>, readers: Threads<SQLiteSession>) {
        self.mode = mode
        self.writer = writer
        self.readers = readers
    }

    /// Released without `close`, it lets go of the threads, and they of the files: the writer's connection last, since
    /// a reader's, which only reads, would leave the log behind.
    deinit { readers.stop { [writer] in writer.stop() } }

    /// Opens the file at `path`, makes it when it is not there, and brings it forward by the migrations it lacks.
    ///
    /// A file that is not ours is `invalid`, one that a newer binary has written `unsupported`, a migration that was
    /// changed after it was applied a `conflict`: each says which.
    package static func open(
        _ path: String,
        _ options: Options = Options(),
        migrations: [Migration],
        clock: any WallClock
    ) async throws(StoreError) -> SQLiteRows {
        let writer = try await Threads.start(1, name: "rows-writer") { () throws(StoreError) in
            let session = try Self.connect(path, options)
            let migrating = SQLiteMigrating(session.connection, migrations)
            if options.mode != .readWrite {
                try migrating.check()
            } else {
                try migrating.run(clock)
                try translating("purge rows") { () throws(Failure) in
                    if try session.isPurgeOwed() { try session.purge() }
                }
            }
            return session
        }
        do {
            var reading = options
            if options.mode == .readWrite { reading.mode = .readOnly }
            let readers = try await Threads.start(options.readerCount, name: "rows-reader") {
                [reading] () throws(StoreError) in
                try Self.connect(path, reading)
            }
            return SQLiteRows(options.mode, writer: writer, readers: readers)
        } catch {
            await writer.close()
            throw error
        }
    }

    private static func connect(_ path: String, _ options: Options) throws(StoreError) -> SQLiteSession {
        try translating("open rows") { () throws(Failure) in
            let isWriter = options.mode == .readWrite
            let mode: Connection.Mode =
                switch options.mode {
                case .readWrite: .readWrite
                case .readOnly: .readOnly
                case .still: .still
                }
            let connection = try Connection(path: path, mode, patience: options.patience)
            // Reads go through read(2): a mapped page turns a disk's error into a signal.
            try connection.execute("PRAGMA mmap_size = 0")
            try connection.execute("PRAGMA cell_size_check = ON")
            // Sorting never leaves rows in a file that nobody purges.
            try connection.execute("PRAGMA temp_store = MEMORY")
            try connection.execute("PRAGMA cache_size = \(isWriter ? -16_384 : -4_096)")
            return SQLiteSession(connection)
        }
    }

    // MARK: Operations, in the port's order

    package func adopt(_ view: ViewSchema) async throws(StoreError) -> Position? {
        try catalogue.withLock { catalogue throws(StoreError) in try catalogue.check(view) }
        let mode = mode
        let position = try await writer.perform(closed: .closed("adopt a view")) { session throws(StoreError) in
            let adoption = SQLiteAdoption(session, view)
            return try mode == .readWrite ? adoption.run() : adoption.look()
        }
        try catalogue.withLock { catalogue throws(StoreError) in try catalogue.add(view) }
        return position
    }

    package func write<Result: Sendable>(
        _ view: ViewName,
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsTransaction) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try checkWritable()
        let schema = try catalogue.withLock { catalogue throws(StoreError) in try catalogue.schema(of: view) }
        try RowsConfinement.checkWritable(generation, of: view)
        return try await writer.perform(closed: .closed("write rows")) { session throws(StoreError) in
            try session.transaction("write rows") { () throws(StoreError) in
                let position = try session.begin(schema, generation)
                let transaction = SQLiteTransaction(session, schema, generation, at: position)
                let result = try body(transaction)
                if transaction.position != position {
                    try translating(
                        "write rows",
                        try session.setEntry(view, generation, transaction.position, version: schema.version)
                    )
                }
                return result
            }
        }
    }

    package func read<Result: Sendable>(
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsSnapshot) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let catalogue = catalogue.withLock { $0 }
        return try await readers.perform(closed: .closed("read rows")) { session throws(StoreError) in
            let failing = { (failure: Failure) in StoreError(failure, in: "read rows") }
            return try session.connection.transaction(.deferred, failing: failing) { () throws(StoreError) in
                try body(SQLiteSnapshot(session, catalogue, generation))
            }
        }
    }

    package func discard(_ view: ViewName, _ generation: Generation) async throws(StoreError) {
        try checkWritable()
        let schema = try catalogue.withLock { catalogue throws(StoreError) in try catalogue.schema(of: view) }
        try await writer.perform(closed: .closed("discard a view")) { session throws(StoreError) in
            try session.transaction("discard a view") { () throws(StoreError) in
                try translating("discard a view") { () throws(Failure) in
                    switch generation {
                    case .live: try session.empty(schema)
                    case .shadow, .base: try session.drop(schema, generation)
                    }
                }
            }
        }
    }

    package func promote(_ view: ViewName) async throws(StoreError) {
        try checkWritable()
        let schema = try catalogue.withLock { catalogue throws(StoreError) in try catalogue.schema(of: view) }
        try await writer.perform(closed: .closed("promote a view")) { session throws(StoreError) in
            try session.transaction("promote a view") { () throws(StoreError) in try session.promote(schema) }
        }
    }

    package func copy(_ view: ViewName, from source: Generation, to copy: Generation) async throws(StoreError) {
        try checkWritable()
        let schema = try catalogue.withLock { catalogue throws(StoreError) in try catalogue.schema(of: view) }
        try RowsConfinement.checkCopy(of: view, from: source, to: copy)
        try await writer.perform(closed: .closed("copy a view")) { session throws(StoreError) in
            try session.transaction("copy a view") { () throws(StoreError) in
                try session.copy(schema, from: source, to: copy)
            }
        }
    }

    package func purge() async throws(StoreError) {
        try checkWritable()
        try await writer.perform(closed: .closed("purge rows")) { session throws(StoreError) in
            try translating("purge rows", try session.purge())
        }
    }

    package func positions() async throws(StoreError) -> [ViewPosition] {
        try await readers.perform(closed: .closed("read positions")) { session throws(StoreError) in
            try translating("read positions", try session.positions())
        }
    }

    package func close() async {
        // The writer's connection is the last to go: it copies the log into the database and removes it.
        await readers.close()
        await writer.close()
    }

    private func checkWritable() throws(StoreError) {
        guard mode == .readWrite else {
            throw StoreError(.unsupported, in: "change rows", engine: "SQLite", context: "opened for reading")
        }
    }
}
