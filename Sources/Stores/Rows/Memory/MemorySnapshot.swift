internal import Model
internal import Ports

/// Reads one moment's rows.
final class MemorySnapshot: RowsSnapshot {
    private let catalogue: RowsCatalogue
    private let contents: [ViewName: MemoryContent]

    init(_ catalogue: RowsCatalogue, _ contents: [ViewName: MemoryContent]) {
        self.catalogue = catalogue
        self.contents = contents
    }

    func position(of view: ViewName) throws(StoreError) -> Position? {
        _ = try catalogue.schema(of: view)
        return try content(of: view).position
    }

    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row? {
        try content(of: catalogue.owner(of: table)).get(table.accept(key: key), in: table)
    }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        let scan = try scan.accepted()
        try content(of: catalogue.owner(of: scan.table)).scan(scan, body)
    }

    private func content(of view: ViewName) throws(StoreError) -> MemoryContent {
        guard let content = contents[view] else {
            throw StoreError(.notFound, in: "read rows", engine: "memory", context: "\(view) has no such rows")
        }
        return content
    }
}
