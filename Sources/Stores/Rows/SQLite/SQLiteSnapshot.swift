internal import Model
internal import Ports
internal import SQLiteDriver

/// Reads inside one read transaction of a pooled connection.
final class SQLiteSnapshot: RowsSnapshot {
    private let session: SQLiteSession
    private let catalogue: RowsCatalogue
    private let generation: Generation
    /// The views that have this generation, once asked.
    private var present: Set<ViewName> = []

    init(_ session: SQLiteSession, _ catalogue: RowsCatalogue, _ generation: Generation) {
        self.session = session
        self.catalogue = catalogue
        self.generation = generation
    }

    func position(of view: ViewName) throws(StoreError) -> Position? {
        _ = try catalogue.schema(of: view)
        try checkThere(view)
        return try translating("read a position", try session.entry(view, generation)?.position)
    }

    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row? {
        try checkThere(catalogue.owner(of: table))
        let key = try table.accept(key: key)
        return try translating("get a row", try session.get(key, in: table, generation))
    }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        try checkThere(catalogue.owner(of: scan.table))
        try session.scan(scan.accepted(), generation, body)
    }

    private func checkThere(_ view: ViewName) throws(StoreError) {
        guard generation != .live, !present.contains(view) else { return }
        guard try translating("read rows", try session.entry(view, generation)) != nil else {
            throw StoreError(.notFound, in: "read rows", engine: "SQLite", context: "\(view) has no \(generation)")
        }
        present.insert(view)
    }
}
