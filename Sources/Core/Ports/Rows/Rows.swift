package import Model

/// Tables that views keep, changed in one transaction together with the position that the view has applied.
///
/// The contract, which `RowsConformance` checks on every engine:
/// - A view changes its own tables only, inside `write`. The changes and the position that `advance` sets become
///   visible together when the body returns, and not at all when it throws or the process ends before.
/// - Writes run one after another. A body that the engine may hold up runs on a thread of the engine's, never on the
///   cooperative pool; it waits for nothing but its transaction, and cannot keep it.
/// - A fold sees nothing but its view: a transaction refuses the tables and positions of others as `invalid`.
/// - A read shows one snapshot: rows and positions of one moment, whatever is written meanwhile. Reads and the
///   writer do not wait for each other.
/// - What is committed survives a crash of the process. A crash of the machine may take the newest transactions
///   back, in order and each whole: the ledger gives them again, since the position goes back with the rows.
/// - Rows are returned as they were put, but for what no engine keeps: see `Table.accept`. Texts compare and order
///   as UTF-8 bytes, integers as numbers, blobs as bytes; null comes first.
/// - After `purge`, no byte of a row that was deleted or replaced before the call is left in the engine's files.
/// - A failure is thrown, never swallowed; what it left is what was committed before.
///
/// A view has up to three generations of its rows: see `Generation`.
package protocol Rows: Sendable {
    /// Makes the view known to this instance, and returns the position that it has applied, nil for none.
    ///
    /// Its tables must be there, as declared: else `invalid`. Rows of an older version of the view are dropped, in
    /// every generation; a newer version is refused as `unsupported`. The shadow that a broken-off rebuild left is
    /// dropped. Call it before anything else that names the view or its tables.
    func adopt(_ view: ViewSchema) async throws(StoreError) -> Position?

    /// Runs `body` in one transaction of the view.
    ///
    /// The shadow is made when it is not there. A base is never written, only copied: `invalid`.
    func write<Result: Sendable>(
        _ view: ViewName,
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsTransaction) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// Runs `body` at one snapshot of every adopted view.
    ///
    /// A shadow or a base that is not there reads as `notFound`.
    func read<Result: Sendable>(
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsSnapshot) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// Drops the rows and the position of a view; nothing happens when they are not there.
    func discard(_ view: ViewName, _ generation: Generation) async throws(StoreError)

    /// Puts the shadow in the place of the live rows, position included, in one transaction.
    ///
    /// `notFound` when there is no shadow, `conflict` when it is behind the live rows: a view never goes back.
    func promote(_ view: ViewName) async throws(StoreError)

    /// Replaces one generation by a copy of another, position included, in one transaction.
    ///
    /// `notFound` when there is nothing to copy; `invalid` when the copy would replace the live rows.
    func copy(_ view: ViewName, from source: Generation, to copy: Generation) async throws(StoreError)

    /// Returns when nothing that was deleted or replaced before is left in any file of the engine.
    func purge() async throws(StoreError)

    /// The positions that the live views have applied, in order of name: witnesses of how far the ledger was durable.
    ///
    /// Views that this binary does not know are among them.
    func positions() async throws(StoreError) -> [ViewPosition]

    /// Finishes what runs and lets go of the files; afterwards everything throws `cancelled`.
    func close() async
}

/// Which rows of a view are meant.
package enum Generation: Sendable, Hashable, CaseIterable {
    /// What reads show, and the projector feeds.
    case live
    /// In which the view is rebuilt beside the live rows.
    case shadow
    /// A durable snapshot: where a rebuild starts when the ledger has dropped its first events.
    case base
}

/// What a snapshot shows.
///
/// For the body that was given it, and only as long as that runs. Tables that no adopted view declares are `invalid`.
package protocol RowsSnapshot: AnyObject {
    /// The position that the view has applied, nil for none.
    func position(of view: ViewName) throws(StoreError) -> Position?

    /// The row under a key, nil when there is none.
    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row?

    /// Hands over the rows that `scan` asks for, in its order, until the body says `stop`.
    ///
    /// The body writes nothing: a transaction refuses that as `invalid`.
    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError)
}

/// Whether a scan goes on.
package enum ScanStep: Sendable { case next, stop }

/// What a view changes in one transaction.
///
/// Reads show what was written before in the same transaction.
/// An engine across a network may hold writes back until a read or the end needs them, so that the keys of one
/// batch are best read together.
package protocol RowsTransaction: RowsSnapshot {
    /// The position that the view has applied: what `advance` set last, nil for none.
    var position: Position? { get }

    /// The rows under some keys, each in its place, nil where there is none.
    func get(_ keys: [RowKey], in table: Table) throws(StoreError) -> [Row?]

    /// Puts a row in the place of the one with its key, or adds it.
    ///
    /// A row that the table does not accept is `invalid`; one that a unique index forbids is a `conflict`.
    func put(_ row: Row, in table: Table) throws(StoreError)

    /// Deletes the row under a key; returns whether it was there.
    @discardableResult
    func delete(_ key: RowKey, from table: Table) throws(StoreError) -> Bool

    /// Deletes every row whose key begins with `prefix`; all of them when it is empty. Returns how many.
    @discardableResult
    func deleteAll(under prefix: [RowValue], from table: Table) throws(StoreError) -> Int

    /// Says that what this transaction deletes or replaces must leave the files for good.
    ///
    /// Kept with the transaction: until `purge` has returned, an engine that is opened purges first.
    func owePurge() throws(StoreError)

    /// Says what the view has applied with this transaction: `invalid` unless above what it had.
    func advance(to position: Position) throws(StoreError)
}

extension RowsSnapshot {
    /// The rows that `scan` asks for.
    package func rows(_ scan: Scan) throws(StoreError) -> [Row] {
        var rows: [Row] = []
        try self.scan(scan) { row throws(StoreError) in
            rows.append(row)
            return .next
        }
        return rows
    }
}

extension Rows {
    /// Runs `body` in one transaction on the live rows of the view.
    package func write<Result: Sendable>(
        _ view: ViewName,
        _ body: @escaping @Sendable (any RowsTransaction) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await write(view, .live, body)
    }

    /// Runs `body` at one snapshot of the live rows.
    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any RowsSnapshot) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await read(.live, body)
    }
}
