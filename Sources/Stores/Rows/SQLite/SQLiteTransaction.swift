internal import Model
internal import Ports
internal import SQLiteDriver

/// Changes the rows of one view inside one write transaction.
final class SQLiteTransaction: RowsTransaction {
    private let session: SQLiteSession
    private let generation: Generation
    private var confinement: RowsConfinement
    private(set) var position: Position?

    init(_ session: SQLiteSession, _ view: ViewSchema, _ generation: Generation, at position: Position?) {
        self.session = session
        self.generation = generation
        self.position = position
        confinement = RowsConfinement(view)
    }

    func position(of view: ViewName) throws(StoreError) -> Position? {
        try confinement.checkPosition(of: view)
        return position
    }

    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row? {
        try confinement.checkReading(table)
        let key = try table.accept(key: key)
        return try translating("get a row", try session.get(key, in: table, generation))
    }

    func get(_ keys: [RowKey], in table: Table) throws(StoreError) -> [Row?] {
        var rows: [Row?] = []
        rows.reserveCapacity(keys.count)
        for key in keys { rows.append(try get(key, in: table)) }
        return rows
    }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        try confinement.checkReading(scan.table)
        let scan = try scan.accepted()
        confinement.beginScan()
        defer { confinement.endScan() }
        try session.scan(scan, generation, body)
    }

    func put(_ row: Row, in table: Table) throws(StoreError) {
        try confinement.checkWriting(table)
        let row = try table.accept(row)
        try translating("put a row", try session.put(row, in: table, generation))
    }

    func delete(_ key: RowKey, from table: Table) throws(StoreError) -> Bool {
        try confinement.checkWriting(table)
        let key = try table.accept(key: key)
        return try translating("delete a row", try session.delete(key, from: table, generation))
    }

    func deleteAll(under prefix: [RowValue], from table: Table) throws(StoreError) -> Int {
        try confinement.checkWriting(table)
        let scan = try Scan(table, prefix: prefix).accepted()
        return try translating("delete rows", try session.deleteAll(scan, generation))
    }

    func owePurge() throws(StoreError) {
        try translating("owe a purge", try session.owePurge())
    }

    func advance(to position: Position) throws(StoreError) {
        try confinement.checkAdvance(from: self.position, to: position)
        self.position = position
    }
}
