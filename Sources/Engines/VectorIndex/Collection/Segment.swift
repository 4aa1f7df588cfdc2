internal import Basics

/// Points that do not change any more: their payloads with indices, and their vectors with graphs.
package final class Segment: Sendable {
    package let table: PayloadTable
    let columns: [String: VectorColumn]
    /// The rows that have a vector of the name.
    let present: [String: Bitmap]

    init(table: PayloadTable, columns: [String: VectorColumn], present: [String: Bitmap]) {
        self.table = table
        self.columns = columns
        self.present = present
    }

    package var count: Int { table.count }

    /// A segment of these points, in their order; each has passed the checks of the shape.
    package convenience init(_ points: [Point], shape: CollectionShape, workers: some Workers = OneWorker()) {
        var columns: [String: VectorColumn] = [:]
        var present: [String: Bitmap] = [:]
        for (name, vector) in shape.vectors {
            let element: Rows.Element = vector.metric == .hamming ? .bit : .float
            let rows = Rows(element, dimension: vector.dimension, capacity: points.count)
            var having = Bitmap(bound: points.count)
            for (number, point) in points.enumerated() {
                guard let query = point.vectors[name], let row = try? vector.row(query, name: name) else { continue }
                rows.set(number, to: row.raw)
                having.insert(number)
            }
            let plain = VectorColumn(metric: vector.metric, dimension: vector.dimension, rows: rows)
            // Rows without the vector are all alike, and never allowed.
            let isIndexed = points.count >= shape.graphLeast
            columns[name] =
                isIndexed ? plain.indexed(count: points.count, shape: shape.graph, workers: workers) : plain
            present[name] = having
        }
        let table = PayloadTable(
            ids: points.map(\.id),
            payloads: points.map(\.payload),
            vectors: present,
            fields: shape.fields.map { (path: $0.path, kind: $0.kind) }
        )
        self.init(table: table, columns: columns, present: present)
    }

    /// A point as it was put in; numbers of cosine vectors at length one.
    package func point(_ row: Int) -> Point {
        var vectors: [String: Query] = [:]
        for (name, column) in columns where present[name]?.contains(row) ?? false { vectors[name] = column.query(row) }
        return Point(id: table.ids[row], vectors: vectors, payload: table.payloads[row])
    }

    /// The nearest living rows that satisfy the filter, nearest first.
    func nearest(
        _ search: VectorCollection.Search,
        living: Bitmap,
        limit: Int,
        scratch: GraphScratch
    ) -> [Neighbour] {
        guard let column = columns[search.vector], var allowed = present[search.vector] else { return [] }
        allowed.formIntersection(living)
        if let filter = search.filter { allowed = table.rows(matching: filter, among: allowed) }
        let among = allowed.count
        return column.nearest(
            to: search.query,
            limit: limit,
            count: count,
            allowed: among == count ? nil : allowed,
            among: among,
            effort: search.effort,
            scratch: scratch
        )
    }
}

extension VectorColumn {
    /// A row as a query.
    func query(_ row: Int) -> Query {
        switch rows.element {
        case .float: .numbers(rows.floats(row))
        case .bit, .byte: .bits(Array(rows.padded(row).prefix((dimension + 7) / 8)))
        }
    }
}
