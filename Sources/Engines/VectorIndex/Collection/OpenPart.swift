internal import Basics

/// The newest points, in the order in which they came: scanned, until they become a segment.
///
/// Copies share the rows of vectors. A row is written once, before any copy that knows of it is made, so that
/// searches on copies run beside the writer.
struct OpenPart: Sendable {
    private let shape: CollectionShape
    private var ids: [PointID] = []
    private var payloads: [Value] = []
    /// The rows that were neither put again nor deleted.
    private(set) var living: Bitmap
    private var present: [String: Bitmap]
    private var rows: [PointID: Int] = [:]
    private var columns: [String: SharedRows]

    init(shape: CollectionShape) {
        self.shape = shape
        living = Bitmap(bound: shape.openLimit)
        present = shape.vectors.mapValues { _ in Bitmap(bound: shape.openLimit) }
        columns = shape.vectors.mapValues { SharedRows($0, capacity: shape.openLimit) }
    }

    /// How many rows are taken, by living points and others.
    var count: Int { ids.count }
    var isFull: Bool { ids.count >= shape.openLimit }
    var isEmpty: Bool { rows.isEmpty }

    /// Puts a point whose vectors are prepared, and whose identifier is not here.
    mutating func append(_ point: Point) {
        let row = ids.count
        for (name, query) in point.vectors {
            guard let vector = shape.vectors[name] else { continue }
            if columns[name]?.claim(row) != true { columns[name] = columns[name]?.copy(vector, row, shape.openLimit) }
            columns[name]?.set(row, to: query)
            present[name]?.insert(row)
        }
        ids.append(point.id)
        payloads.append(point.payload)
        rows[point.id] = row
        living.insert(row)
    }

    /// Whether the point was here.
    mutating func remove(_ id: PointID) -> Bool {
        guard let row = rows.removeValue(forKey: id) else { return false }
        living.remove(row)
        return true
    }

    func point(_ id: PointID) -> Point? { rows[id].map(point) }

    func point(_ row: Int) -> Point {
        var vectors: [String: Query] = [:]
        for (name, column) in columns where present[name]?.contains(row) ?? false {
            vectors[name] = column.query(row)
        }
        return Point(id: ids[row], vectors: vectors, payload: payloads[row])
    }

    func id(_ row: Int) -> PointID { ids[row] }
    func payload(_ row: Int) -> Value { payloads[row] }
    func payload(of id: PointID) -> Value? { rows[id].map(payload) }

    /// The living rows that satisfy a filter.
    func matching(_ filter: Filter?) -> [Int] {
        guard let filter else { return living.numbers }
        return living.numbers.filter { row in
            filter.matches(
                FilteredPoint(
                    id: ids[row],
                    payload: payloads[row],
                    vectors: Set(present.keys.filter { present[$0]?.contains(row) ?? false })
                )
            )
        }
    }

    /// The nearest living rows that satisfy the filter, nearest first.
    func nearest(_ search: VectorCollection.Search, limit: Int, scratch: GraphScratch) -> [Neighbour] {
        guard !isEmpty, limit > 0, let column = columns[search.vector], var allowed = present[search.vector],
            let vector = shape.vectors[search.vector]
        else { return [] }
        allowed.formIntersection(search.filter.map { Bitmap(matching($0), bound: shape.openLimit) } ?? living)
        return column.rows.nearest(
            to: column.rows.padded(query: search.query, nil).raw,
            by: vector.metric.measure,
            count: count,
            breadth: limit,
            allowed: allowed,
            scratch: scratch
        )
    }
}

/// Rows of vectors that copies of an open part have in common.
private final class SharedRows: Sendable {
    let rows: Rows
    /// How many rows were written, by whichever copy.
    private let written: Lock<Int>

    init(_ vector: CollectionShape.Vector, capacity: Int, written: Int = 0) {
        let element: Rows.Element = vector.metric == .hamming ? .bit : .float
        rows = Rows(element, dimension: vector.dimension, capacity: capacity)
        self.written = Lock(written)
    }

    /// Whether the row, and those before it that were passed over, are the caller's to write.
    ///
    /// Only one of several copies gets a row.
    func claim(_ row: Int) -> Bool {
        written.withLock { written in
            guard written <= row else { return false }
            written = row + 1
            return true
        }
    }

    /// Rows of their own with the same content below `count`, and row `count` claimed.
    func copy(_ vector: CollectionShape.Vector, _ count: Int, _ capacity: Int) -> SharedRows {
        let copy = SharedRows(vector, capacity: capacity, written: count + 1)
        copy.rows.copy(rows, count: count)
        return copy
    }

    func set(_ row: Int, to query: Query) {
        switch query {
        case .numbers(let numbers): rows.set(row, to: numbers)
        case .bits(let bits): rows.set(row, to: bits.raw)
        }
    }

    func query(_ row: Int) -> Query {
        switch rows.element {
        case .float: .numbers(rows.floats(row))
        case .bit, .byte: .bits(Array(rows.padded(row).prefix((rows.dimension + 7) / 8)))
        }
    }
}
