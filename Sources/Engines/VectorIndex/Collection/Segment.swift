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
        var builder = SegmentBuilder(shape: shape, capacity: points.count)
        for point in points { builder.append(point) }
        self.init(builder, workers: workers)
    }

    /// A segment of what was gathered.
    package convenience init(_ builder: consuming SegmentBuilder, workers: some Workers = OneWorker()) {
        let shape = builder.shape
        let count = builder.ids.count
        var columns: [String: VectorColumn] = [:]
        var present: [String: Bitmap] = [:]
        for (name, vector) in shape.vectors {
            guard let rows = builder.rows[name] else { continue }
            let plain = VectorColumn(metric: vector.metric, dimension: vector.dimension, rows: rows)
            // Rows without the vector are all alike, and never allowed.
            columns[name] =
                count >= shape.graphLeast ? plain.indexed(count: count, shape: shape.graph, workers: workers) : plain
            present[name] = Bitmap(builder.present[name] ?? [], bound: count)
        }
        let table = PayloadTable(
            ids: builder.ids,
            payloads: builder.payloads,
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

/// Points gathered for a segment, their vectors already in rows.
package struct SegmentBuilder: ~Copyable {
    fileprivate let shape: CollectionShape
    fileprivate var ids: [PointID] = []
    fileprivate var payloads: [Value] = []
    fileprivate var rows: [String: Rows] = [:]
    fileprivate var present: [String: [Int]] = [:]

    package init(shape: CollectionShape, capacity: Int) {
        self.shape = shape
        for (name, vector) in shape.vectors {
            let element: Rows.Element = vector.metric == .hamming ? .bit : .float
            rows[name] = Rows(element, dimension: vector.dimension, capacity: capacity)
        }
    }

    /// Takes a point; a vector that does not fit the shape is left out.
    package mutating func append(_ point: Point) {
        for (name, vector) in shape.vectors {
            rows[name]?.reserve(ids.count + 1)
            guard let query = point.vectors[name], let row = try? vector.row(query, name: name) else { continue }
            rows[name]?.set(ids.count, to: row.raw)
            present[name, default: []].append(ids.count)
        }
        ids.append(point.id)
        payloads.append(point.payload)
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
