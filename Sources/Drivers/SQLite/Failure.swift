internal import CSQLite

/// What SQLite answered when it did not do what it was asked.
///
/// A closed set: C's names and numbers stay in this module, but for the code that a report quotes.
package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// The disk or the database's page limit is full; nothing of the transaction remains.
        case full
        /// The file, its folder or the connection forbids writing.
        case readOnly
        /// Another connection holds the lock, beyond the time that we wait.
        case busy
        /// The file is damaged.
        case corrupt
        /// The file is no database, or one of another format.
        case notDatabase
        /// The operating system refused a read, a write or a sync.
        case inputOutput
        /// The file cannot be opened, or made.
        case cannotOpen
        /// A rule of the table forbids the row.
        case constraint
        /// A value of another type than the column's, or larger than SQLite takes.
        case unfit
        /// The statement does not parse, or names what is not there.
        case badStatement
        case outOfMemory
        case interrupted
        /// The connection was closed before.
        case closed
        case other
    }

    package let kind: Kind
    /// SQLite's extended result code, 0 when SQLite was not asked.
    package let code: Int32
    package let message: String

    package init(_ kind: Kind, code: Int32 = 0, message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    init(code: Int32, message: String) { self.init(Kind(code: code), code: code, message: message) }

    package var description: String { code == 0 ? message : "\(message) (SQLite \(code))" }
}

extension Failure.Kind {
    init(code: Int32) {
        self =
            switch code & 0xFF {
            case SQLITE_FULL: .full
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CORRUPT: .corrupt
            case SQLITE_NOTADB, SQLITE_FORMAT: .notDatabase
            case SQLITE_IOERR: .inputOutput
            case SQLITE_CANTOPEN: .cannotOpen
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE: .unfit
            case SQLITE_ERROR, SQLITE_SCHEMA: .badStatement
            case SQLITE_NOMEM: .outOfMemory
            case SQLITE_INTERRUPT, SQLITE_ABORT: .interrupted
            default: .other
            }
    }
}
