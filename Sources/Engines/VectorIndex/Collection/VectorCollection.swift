internal import Basics

/// Points that are found by what their vectors resemble and by what their payloads say.
///
/// New points stand in an open part that is scanned; when it is full it becomes a segment with indices, and small
/// segments become larger ones with graphs. A point that is put again or deleted is dead where it stood, and gone when
/// its segment is merged. The collection is a value: a copy is what it was, whatever is put into the original, and
/// searches on copies run beside one writer.
package struct VectorCollection: Sendable {
    package let shape: CollectionShape
    var parts: [Part] = []
    private(set) var open: OpenPart
    package private(set) var count = 0
    package var segmentCount: Int { parts.count }

    /// A segment, and the rows of it that were neither put again nor deleted.
    struct Part: Sendable {
        var segment: Segment
        var living: Bitmap
        /// What its file is called; nil when it is in memory alone.
        var file: String?

        init(_ segment: Segment, living: Bitmap? = nil, file: String? = nil) {
            self.segment = segment
            self.living = living ?? Bitmap(allBelow: segment.count)
            self.file = file
        }
    }

    package init(shape: CollectionShape) {
        self.shape = shape
        open = OpenPart(shape: shape)
    }

    /// A collection of segments that were made before, no identifier twice.
    package init(shape: CollectionShape, segments: [Segment]) {
        self.init(shape: shape, parts: segments.map { Part($0) })
    }

    init(shape: CollectionShape, parts: [Part]) {
        self.init(shape: shape)
        self.parts = parts
        count = parts.reduce(0) { $0 + $1.living.count }
    }

    /// Puts a point, in place of the one with its identifier if there is one.
    package mutating func put(_ point: Point, workers: some Workers = OneWorker()) throws(CollectionFault) {
        put(prepared: try shape.prepared(point), workers: workers)
    }

    mutating func put(prepared point: Point, workers: some Workers = OneWorker()) {
        delete(point.id)
        open.append(point)
        count += 1
        if open.isFull { seal(workers: workers) }
    }

    /// Deletes a point; whether there was one.
    @discardableResult
    package mutating func delete(_ id: PointID) -> Bool {
        if open.remove(id) {
            count -= 1
            return true
        }
        guard let (part, row) = location(of: id) else { return false }
        parts[part].living.remove(row)
        count -= 1
        return true
    }

    /// Makes a segment of the open part.
    package mutating func seal(workers: some Workers = OneWorker()) {
        let rows = open.living.numbers
        if !rows.isEmpty {
            var builder = SegmentBuilder(shape: shape, capacity: rows.count)
            for row in rows { builder.append(prepared: open.point(row)) }
            parts.append(Part(Segment(builder, workers: workers)))
        }
        if open.count > 0 { open = OpenPart(shape: shape) }
    }

    /// Makes one segment of some, without their dead points; the others stay as they are.
    package mutating func merge(_ chosen: Set<Int>, workers: some Workers = OneWorker()) {
        let merged = merged(chosen, workers: workers)
        parts = parts.indices.filter { !chosen.contains($0) }.map { parts[$0] }
        if let merged { parts.append(Part(merged)) }
    }

    /// A segment of the living points of some; nil when there is none.
    func merged(_ chosen: Set<Int>, workers: some Workers) -> Segment? {
        let total = chosen.reduce(0) { $0 + parts[$1].living.count }
        guard total > 0 else { return nil }
        var builder = SegmentBuilder(shape: shape, capacity: total)
        for index in chosen.sorted() {
            for row in parts[index].living.numbers { builder.append(prepared: parts[index].segment.point(row)) }
        }
        return Segment(builder, workers: workers)
    }

    /// The segments that are worth one: eight of about one size, or one that is half dead; nil when none is.
    package func mergeable() -> Set<Int>? { mergeable(among: Set(parts.indices)) }

    func mergeable(among candidates: Set<Int>) -> Set<Int>? {
        let sparse = candidates.sorted().first { parts[$0].living.count * 2 < parts[$0].segment.count }
        if let sparse { return [sparse] }
        let bySize = candidates.sorted { (parts[$0].living.count, $0) < (parts[$1].living.count, $1) }
        let sizes = bySize.map { parts[$0].living.count }
        guard sizes.count >= 8 else { return nil }
        for place in 7..<sizes.count where sizes[place] <= 4 * sizes[place - 7] {
            guard sizes[(place - 7)...place].reduce(0, +) <= shape.segmentMost else { return nil }
            return Set(bySize[(place - 7)...place])
        }
        return nil
    }

    package func point(_ id: PointID) -> Point? {
        open.point(id) ?? location(of: id).map { parts[$0.part].segment.point($0.row) }
    }

    func payload(_ id: PointID) -> Value? {
        open.payload(of: id) ?? location(of: id).map { parts[$0.part].segment.table.payloads[$0.row] }
    }

    private func location(of id: PointID) -> (part: Int, row: Int)? {
        for part in parts.indices.reversed() {
            if let row = parts[part].segment.table.row(of: id), parts[part].living.contains(row) { return (part, row) }
        }
        return nil
    }
}

extension CollectionShape {
    /// A point as it is kept: every vector as its metric compares it.
    func prepared(_ point: Point) throws(CollectionFault) -> Point {
        var kept: [String: Query] = [:]
        for (name, query) in point.vectors {
            guard let vector = vectors[name] else { throw .unknownVector(name) }
            kept[name] = try vector.prepared(query, name: name)
        }
        return Point(id: point.id, vectors: kept, payload: point.payload)
    }
}
