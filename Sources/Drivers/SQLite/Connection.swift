internal import CSQLite
internal import Glibc

/// One SQLite connection with its prepared statements.
///
/// Not Sendable: confine it to one thread, such as those of `Threads`. Closed when released.
@safe package final class Connection {
    package enum Mode: Sendable {
        case readWrite, readOnly
        /// Reads a file that nobody writes, and leaves nothing beside it: on a read-only disk too.
        case still
    }

    /// The version of the SQLite that is linked.
    package static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }

    let handle: OpaquePointer
    private var idle: [String: Statement] = [:]

    /// Opens the file at `path`; `.readWrite` creates it, readable by its owner only.
    ///
    /// A lock that another connection holds is waited for up to `patience`.
    package init(path: String, _ mode: Mode, patience: Duration) throws(Failure) {
        if mode == .readWrite { Self.createPrivate(path) }
        var handle: OpaquePointer?
        let access =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .still: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(mode == .still ? Self.stillName(path) : path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            let message = unsafe handle.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            _ = unsafe sqlite3_close_v2(handle)
            throw Failure(code: code, message: "\(path): \(message)")
        }
        unsafe self.handle = handle
        unsafe sqlite3_busy_timeout(handle, Int32(clamping: patience.milliseconds))
        // A schema from a stranger's file runs nothing, and no statement corrupts the file.
        for (option, value) in [(SQLITE_DBCONFIG_TRUSTED_SCHEMA, Int32(0)), (SQLITE_DBCONFIG_DEFENSIVE, 1)] {
            _ = unsafe prima_sqlite3_configure(handle, Int32(option), value)
        }
    }

    /// The URI that tells SQLite that nobody writes to a file.
    private static func stillName(_ path: String) -> String {
        var name = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16)
                name += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return name + "?immutable=1"
    }

    deinit {
        idle = [:]
        // A statement that is still alive elsewhere keeps the handle as a zombie until it ends.
        _ = unsafe sqlite3_close_v2(handle)
    }

    /// Runs statements that answer nothing; text only, never with a value spliced in.
    package func execute(_ sql: String) throws(Failure) { try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil)) }

    /// Whether a transaction is open: SQLite ends one by itself on some failures.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// How many rows the last insert, update or delete changed.
    package var changedRowCount: Int64 { unsafe sqlite3_changes64(handle) }

    /// Runs `body` with a prepared statement, kept for the next time; reset whatever happens.
    ///
    /// The same text may be in use further out: then this is another statement.
    package func withStatement<Result, Raised: Error>(
        _ sql: String,
        failing: (Failure) -> Raised,
        _ body: (Statement) throws(Raised) -> Result
    ) throws(Raised) -> Result {
        let statement: Statement
        if let kept = idle.removeValue(forKey: sql) {
            statement = kept
        } else {
            do { statement = try Statement(self, sql) } catch { throw failing(error) }
        }
        defer {
            statement.reset()
            idle[sql] = statement
        }
        return try body(statement)
    }

    /// Runs `body` with a prepared statement, kept for the next time; reset whatever happens.
    package func withStatement<Result>(
        _ sql: String,
        _ body: (Statement) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withStatement(sql, failing: { $0 }, body)
    }

    func check(_ code: Int32) throws(Failure) {
        guard code != SQLITE_OK else { return }
        throw failure(code)
    }

    func failure(_ code: Int32) -> Failure {
        Failure(code: code, message: unsafe String(cString: sqlite3_errmsg(handle)))
    }

    /// Makes the file before SQLite would, which asks the umask only.
    ///
    /// Only a new file is opened here: closing a descriptor of a database that is open drops its locks. What goes
    /// wrong, SQLite's own attempt reports.
    private static func createPrivate(_ path: String) {
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { _ = close(descriptor) } else { _ = unsafe chmod(path, 0o600) }
    }
}

extension Connection {
    /// Runs `body` inside a transaction: its changes are kept together when it returns, and none when it throws.
    ///
    /// `.immediate` takes the write lock at once; `.deferred` shows one snapshot from the first read on.
    package func transaction<Result, Raised: Error>(
        _ kind: Transaction,
        failing: (Failure) -> Raised,
        _ body: () throws(Raised) -> Result
    ) throws(Raised) -> Result {
        do { try run(kind.rawValue) } catch { throw failing(error) }
        let result: Result
        do {
            result = try body()
        } catch {
            rollBack()
            throw error
        }
        do {
            try run("COMMIT")
        } catch {
            rollBack()
            throw failing(error)
        }
        return result
    }

    package enum Transaction: String, Sendable {
        case immediate = "BEGIN IMMEDIATE"
        case deferred = "BEGIN DEFERRED"
    }

    private func run(_ sql: String) throws(Failure) {
        try withStatement(sql) { statement throws(Failure) in try statement.run() }
    }

    /// A rollback can only fail when SQLite has rolled back by itself.
    private func rollBack() {
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Copies the write-ahead log into the database and cuts the log to nothing.
    ///
    /// Waits for readers of older snapshots as long as the connection's patience; then fails as `busy`.
    package func truncateLog() throws(Failure) {
        try check(unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil))
    }

    /// The first value of the first row, nil when there is no row.
    package func integer(_ sql: String) throws(Failure) -> Int64? {
        try withStatement(sql) { statement throws(Failure) in
            try statement.step() == .row ? statement.integer(at: 0) : nil
        }
    }

    /// The first value of the first row, nil when there is no row.
    package func text(_ sql: String) throws(Failure) -> String? {
        try withStatement(sql) { statement throws(Failure) in
            try statement.step() == .row ? statement.text(at: 0) : nil
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
