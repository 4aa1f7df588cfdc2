internal import Model
internal import Ports

/// The views that an engine of `Rows` was told of, and whose each table is.
struct RowsCatalogue: Sendable {
    private(set) var views: [ViewName: ViewSchema] = [:]
    private var tables: [String: (table: Table, owner: ViewName)] = [:]

    /// Adds a view, or recognises it; `invalid` when it contradicts what is there.
    mutating func add(_ view: ViewSchema) throws(StoreError) {
        try check(view)
        views[view.name] = view
        for table in view.tables { tables[table.name] = (table, view.name) }
    }

    func check(_ view: ViewSchema) throws(StoreError) {
        for table in view.tables {
            if let other = tables[table.name], other.owner != view.name {
                throw refusal("\(table.name) is a table of \(other.owner) already")
            }
        }
        if let known = views[view.name], known != view { throw refusal("\(view.name) was adopted otherwise before") }
    }

    func schema(of view: ViewName) throws(StoreError) -> ViewSchema {
        guard let schema = views[view] else { throw refusal("no view \(view) was adopted") }
        return schema
    }

    /// The view that keeps a table.
    func owner(of table: Table) throws(StoreError) -> ViewName {
        guard let known = tables[table.name], known.table == table else {
            throw refusal("no adopted view declares this table \(table.name)")
        }
        return known.owner
    }

    private func refusal(_ context: String) -> StoreError { StoreError(.invalid, in: "find a view", context: context) }
}

/// What a transaction of one view refuses.
struct RowsConfinement {
    let view: ViewSchema
    /// Scans that run now: their bodies write nothing.
    private(set) var scanCount = 0

    init(_ view: ViewSchema) { self.view = view }

    func checkReading(_ table: Table) throws(StoreError) {
        guard view.tables.contains(table) else {
            throw refusal("\(table.name) is no table of \(view.name), as declared")
        }
    }

    func checkWriting(_ table: Table) throws(StoreError) {
        guard scanCount == 0 else { throw refusal("a scan of \(view.name) runs: its body writes nothing") }
        try checkReading(table)
    }

    mutating func beginScan() { scanCount += 1 }
    mutating func endScan() { scanCount -= 1 }

    func checkPosition(of other: ViewName) throws(StoreError) {
        guard other == view.name else { throw refusal("\(other) is another view than \(view.name)") }
    }

    func checkAdvance(from position: Position?, to next: Position) throws(StoreError) {
        if let position, next <= position { throw refusal("\(view.name) has applied \(position), not below \(next)") }
    }

    static func checkWritable(_ generation: Generation, of view: ViewName) throws(StoreError) {
        guard generation != .base else {
            throw StoreError(.invalid, in: "change a view", context: "the base of \(view) is only copied")
        }
    }

    static func checkCopy(of view: ViewName, from source: Generation, to copy: Generation) throws(StoreError) {
        guard copy != .live, copy != source else {
            throw StoreError(.invalid, in: "copy a view", context: "\(source) of \(view) to \(copy)")
        }
    }

    static func checkPromotion(of view: ViewName, from live: Position?, to shadow: Position?) throws(StoreError) {
        guard (shadow?.index ?? -1) >= (live?.index ?? -1) else {
            throw StoreError(.conflict, in: "promote a view", context: "the shadow of \(view) is behind the live rows")
        }
    }

    private func refusal(_ context: String) -> StoreError {
        StoreError(.invalid, in: "change a view", context: context)
    }
}
