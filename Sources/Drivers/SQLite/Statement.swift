internal import CSQLite

/// A prepared statement: bind, step, read, reset.
///
/// As confined as its connection. Parameters count from 1, columns from 0, as in SQLite.
@safe package final class Statement {
    package enum Step: Sendable { case row, done }
    package enum Kind: Sendable { case null, integer, real, text, blob }

    private let handle: OpaquePointer
    package let parameterCount: Int32
    package let columnCount: Int32

    /// Tells SQLite to copy what is bound, so that no pointer outlives its span.
    nonisolated(unsafe) private static let copying = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ connection: Connection, _ sql: String) throws(Failure) {
        var handle: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try connection.check(unsafe sqlite3_prepare_v3(connection.handle, sql, -1, flags, &handle, nil))
        guard let handle = unsafe handle else { throw Failure(.badStatement, message: "an empty statement") }
        unsafe self.handle = handle
        parameterCount = unsafe sqlite3_bind_parameter_count(handle)
        columnCount = unsafe sqlite3_column_count(handle)
    }

    deinit { _ = unsafe sqlite3_finalize(handle) }

    /// Moves to the next row.
    package func step() throws(Failure) -> Step {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return .row
        case SQLITE_DONE: return .done
        case let code: throw failure(code)
        }
    }

    /// Runs a statement that answers no row, and makes it ready for the next time.
    package func run() throws(Failure) {
        while try step() == .row {}
        reset()
    }

    /// Makes the statement ready to run again; what is bound stays.
    package func reset() { _ = unsafe sqlite3_reset(handle) }

    private func check(_ code: Int32) throws(Failure) {
        guard code != SQLITE_OK else { return }
        throw failure(code)
    }

    private func failure(_ code: Int32) -> Failure {
        Failure(code: code, message: unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    }
}

extension Statement {
    package func bind(_ value: Int64, at index: Int32) throws(Failure) {
        try check(unsafe sqlite3_bind_int64(handle, index, value))
    }

    package func bind(_ value: Double, at index: Int32) throws(Failure) {
        try check(unsafe sqlite3_bind_double(handle, index, value))
    }

    package func bind(_ text: String, at index: Int32) throws(Failure) {
        var text = text
        let code = text.withUTF8 { utf8 in
            let start = unsafe UnsafeRawPointer(utf8.baseAddress)?.assumingMemoryBound(to: CChar.self)
            // A null pointer would bind null, and an empty text may have no address.
            guard let start = unsafe start else { return unsafe sqlite3_bind_text(handle, index, "", 0, nil) }
            return unsafe sqlite3_bind_text64(
                handle,
                index,
                start,
                UInt64(utf8.count),
                Self.copying,
                UInt8(SQLITE_UTF8)
            )
        }
        try check(code)
    }

    package func bind(_ blob: RawSpan, at index: Int32) throws(Failure) {
        let code = unsafe blob.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else {
                return unsafe sqlite3_bind_zeroblob(handle, index, 0)
            }
            return unsafe sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), Self.copying)
        }
        try check(code)
    }

    package func bind(_ blob: [UInt8], at index: Int32) throws(Failure) { try unsafe bind(blob.span.bytes, at: index) }

    package func bindNull(at index: Int32) throws(Failure) {
        try check(unsafe sqlite3_bind_null(handle, index))
    }
}

extension Statement {
    package func kind(at column: Int32) -> Kind {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    package func integer(at column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    package func real(at column: Int32) -> Double { unsafe sqlite3_column_double(handle, column) }

    /// The text of a column; bytes that are not UTF-8, which only a stranger writes, are replaced.
    package func text(at column: Int32) -> String {
        withBytes(at: column) { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    package func blob(at column: Int32) -> [UInt8] {
        withBytes(at: column) { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    }

    /// Lends the bytes of a text or a blob, uncopied.
    package func withBytes<Result>(at column: Int32, _ body: (RawSpan) -> Result) -> Result {
        // The pointer first: asking for it may convert, which changes the count.
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
        return body(unsafe RawSpan(_unsafeBytes: bytes))
    }
}
