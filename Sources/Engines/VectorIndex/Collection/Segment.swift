internal import Basics

/// Points that do not change any more: their payloads with indices, and their vectors with graphs.
package final class Segment: Sendable {
    package let table: PayloadTable
    let columns: [String: VectorColumn]
    /// The rows that have a vector of the name.
    let present: [String: Bitmap]
    /// Tells the file that it was opened from from any other; 0 when there is none.
    let checksum: UInt32

    init(table: PayloadTable, columns: [String: VectorColumn], present: [String: Bitmap], checksum: UInt32 = 0) {
        self.checksum = checksum
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
        let count = builder.count
        var columns: [String: VectorColumn] = [:]
        var present: [String: Bitmap] = [:]
        for (name, vector) in shape.vectors {
            guard let rows = builder.rows[name] else { continue }
            let plain = VectorColumn(metric: vector.metric, dimension: vector.dimension, rows: rows)
            // Rows without the vector are all alike, and never allowed.
            columns[name] =
                count < shape.graphLeast
                ? plain
                : plain.indexed(
                    count: count,
                    shape: shape.graph,
                    quantization: vector.quantization,
                    workers: workers
                )
            present[name] = Bitmap(builder.present[name] ?? [], bound: count)
        }
        let table = PayloadTable(
            ids: IDTable(builder.ids),
            payloads: builder.payloads.finished(),
            vectors: present,
            indices: builder.fields.map { FieldIndex($0) }
        )
        self.init(table: table, columns: columns, present: present)
    }

    /// A point as it was put in; numbers of cosine vectors at length one.
    package func point(_ row: Int) -> Point {
        var vectors: [String: Query] = [:]
        for (name, column) in columns where present[name]?.contains(row) ?? false { vectors[name] = column.query(row) }
        return Point(id: table.ids[row], vectors: vectors, payload: table.payloads[row])
    }

    /// The same segment with what walks touch in memory.
    func warmed() -> Segment {
        Segment(table: table, columns: columns.mapValues { $0.warmed() }, present: present, checksum: checksum)
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

/// Points gathered for a segment: their vectors already in rows, their payloads as bytes and in what indices keep.
package struct SegmentBuilder: ~Copyable {
    fileprivate let shape: CollectionShape
    fileprivate var ids: [PointID] = []
    fileprivate var payloads = ValueColumn.Builder()
    fileprivate var fields: [FieldIndex.Builder]
    fileprivate var rows: [String: Rows] = [:]
    fileprivate var present: [String: [Int]] = [:]

    package init(shape: CollectionShape, capacity: Int) {
        self.shape = shape
        fields = shape.fields.map { FieldIndex.Builder($0.kind, at: $0.path) }
        for (name, vector) in shape.vectors {
            let element: Rows.Element = vector.metric == .hamming ? .bit : .float
            rows[name] = Rows(element, dimension: vector.dimension, capacity: capacity)
        }
    }

    package var count: Int { ids.count }

    /// Takes a point, its identifier for the first time; a vector that does not fit the shape is left out.
    package mutating func append(_ point: Point) {
        let fitting = point.vectors.compactMap { name, query in
            (try? shape.vectors[name]?.prepared(query, name: name)).map { (name, $0) }
        }
        append(prepared: Point(id: point.id, vectors: Dictionary(fitting) { $1 }, payload: point.payload))
    }

    /// Takes a point whose vectors are as their metrics compare them.
    mutating func append(prepared point: Point) {
        for name in shape.vectors.keys {
            rows[name]?.reserve(ids.count + 1)
            switch point.vectors[name] {
            case .numbers(let numbers): rows[name]?.set(ids.count, to: numbers)
            case .bits(let bits): rows[name]?.set(ids.count, to: bits.raw)
            case nil: continue
            }
            present[name, default: []].append(ids.count)
        }
        ids.append(point.id)
        payloads.append(point.payload)
        for index in fields.indices { fields[index].append(point.payload) }
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
