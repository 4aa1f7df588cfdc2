internal import Model
internal import Ports

/// Changes the rows of one view in place, and can take everything back.
final class MemoryTransaction: RowsTransaction {
    private(set) var content: MemoryContent
    private let formerPosition: Position?
    private var confinement: RowsConfinement
    private var changes: [(table: String, key: RowKey, old: Row?)] = []

    init(_ view: ViewSchema, _ content: consuming MemoryContent?) {
        self.content = content ?? MemoryContent(view)
        formerPosition = self.content.position
        confinement = RowsConfinement(view)
    }

    var position: Position? { content.position }

    func position(of view: ViewName) throws(StoreError) -> Position? {
        try confinement.checkPosition(of: view)
        return position
    }

    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row? {
        try confinement.checkReading(table)
        return try content.get(table.accept(key: key), in: table)
    }

    func get(_ keys: [RowKey], in table: Table) throws(StoreError) -> [Row?] {
        var rows: [Row?] = []
        for key in keys { rows.append(try get(key, in: table)) }
        return rows
    }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        try confinement.checkReading(scan.table)
        let scan = try scan.accepted()
        confinement.beginScan()
        defer { confinement.endScan() }
        try content.scan(scan, body)
    }

    func put(_ row: Row, in table: Table) throws(StoreError) {
        try confinement.checkWriting(table)
        let row = try table.accept(row)
        if content.isTaken(row, in: table) {
            throw StoreError(.conflict, in: "put a row", engine: "memory", context: "\(table.name) has a unique index")
        }
        change(table.key(of: row), to: row, in: table)
    }

    func delete(_ key: RowKey, from table: Table) throws(StoreError) -> Bool {
        try confinement.checkWriting(table)
        return change(try table.accept(key: key), to: nil, in: table) != nil
    }

    func deleteAll(under prefix: [RowValue], from table: Table) throws(StoreError) -> Int {
        try confinement.checkWriting(table)
        let prefix = try Scan(table, prefix: prefix).accepted().prefix
        let keys = content.rows(under: prefix, in: table).map(table.key)
        for key in keys.reversed() { change(key, to: nil, in: table) }
        return keys.count
    }

    func owePurge() throws(StoreError) {}

    func advance(to position: Position) throws(StoreError) {
        try confinement.checkAdvance(from: self.position, to: position)
        content.position = position
    }

    /// Brings the content back to what it was.
    func undo() {
        for change in changes.reversed() { content.replace(change.key, by: change.old, in: change.table) }
        content.position = formerPosition
    }

    @discardableResult
    private func change(_ key: RowKey, to row: Row?, in table: Table) -> Row? {
        let old = content.replace(key, by: row, in: table.name)
        changes.append((table.name, key, old))
        return old
    }
}
