internal import Basics

/// Points that are found by what their vectors resemble and by what their payloads say.
///
/// New points stand in an open part that is scanned; when it is full it becomes a segment with graphs and indices.
/// A point that is put again or deleted is dead where it stood, and gone when its segment is merged. The collection
/// is a value: a copy is what it was, whatever is put into the original, and searches on copies run beside one
/// writer.
package struct VectorCollection: Sendable {
    package let shape: CollectionShape
    private(set) var segments: [Segment] = []
    /// For each segment, the rows that were neither put again nor deleted.
    private(set) var living: [Bitmap] = []
    private(set) var open: [Point] = []
    /// Where the points of the open part stand.
    private var openRows: [PointID: Int] = [:]
    package private(set) var count = 0
    package var segmentCount: Int { segments.count }

    package init(shape: CollectionShape) { self.shape = shape }

    /// A collection of segments that were made before, no identifier twice.
    package init(shape: CollectionShape, segments: [Segment]) {
        self.shape = shape
        self.segments = segments
        living = segments.map { Bitmap(allBelow: $0.count) }
        count = segments.reduce(0) { $0 + $1.count }
    }

    /// Puts a point, in place of the one with its identifier if there is one.
    package mutating func put(_ point: Point, workers: some Workers = OneWorker()) throws(CollectionFault) {
        var vectors: [String: Query] = [:]
        for (name, query) in point.vectors {
            guard let vector = shape.vectors[name] else { throw .unknownVector(name) }
            vectors[name] = try vector.prepared(query, name: name)
        }
        delete(point.id)
        openRows[point.id] = open.count
        open.append(Point(id: point.id, vectors: vectors, payload: point.payload))
        count += 1
        if open.count >= shape.openLimit { seal(workers: workers) }
    }

    /// Deletes a point; whether there was one.
    @discardableResult
    package mutating func delete(_ id: PointID) -> Bool {
        if let row = openRows.removeValue(forKey: id) {
            // The last one takes its place, so that the open part holds living points only.
            let last = open.removeLast()
            if row < open.count {
                open[row] = last
                openRows[last.id] = row
            }
            count -= 1
            return true
        }
        guard let (segment, row) = location(of: id) else { return false }
        living[segment].remove(row)
        count -= 1
        return true
    }

    /// Makes a segment of the open part.
    package mutating func seal(workers: some Workers = OneWorker()) {
        guard !open.isEmpty else { return }
        segments.append(Segment(open, shape: shape, workers: workers))
        living.append(Bitmap(allBelow: open.count))
        open = []
        openRows = [:]
    }

    /// Makes one segment of some, without their dead points; the others stay as they are.
    package mutating func merge(_ chosen: Set<Int>, workers: some Workers = OneWorker()) {
        var points: [Point] = []
        for index in chosen.sorted() { points.append(contentsOf: living[index].numbers.map(segments[index].point)) }
        let kept = segments.indices.filter { !chosen.contains($0) }
        segments = kept.map { segments[$0] }
        living = kept.map { living[$0] }
        guard !points.isEmpty else { return }
        segments.append(Segment(points, shape: shape, workers: workers))
        living.append(Bitmap(allBelow: points.count))
    }

    /// The segments that are worth one: a run of small ones, or one that is half dead; nil when none is.
    package func mergeable() -> Set<Int>? {
        if let sparse = living.indices.first(where: { living[$0].count * 2 < segments[$0].count }) { return [sparse] }
        let bySize = segments.indices.sorted { segments[$0].count < segments[$1].count }
        var total = 0
        for (place, index) in bySize.enumerated() {
            // Eight of about one size, or fewer that add up to what the next one has.
            if place >= 7, segments[index].count <= 4 * segments[bySize[place - 7]].count {
                return Set(bySize[(place - 7)...place])
            }
            total += segments[index].count
        }
        return nil
    }

    package func point(_ id: PointID) -> Point? {
        if let row = openRows[id] { return open[row] }
        return location(of: id).map { segments[$0.segment].point($0.row) }
    }

    private func location(of id: PointID) -> (segment: Int, row: Int)? {
        for segment in segments.indices.reversed() {
            if let row = segments[segment].table.row(of: id), living[segment].contains(row) { return (segment, row) }
        }
        return nil
    }
}
