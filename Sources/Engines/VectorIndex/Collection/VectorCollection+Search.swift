package import Basics

extension VectorCollection {
    /// What is looked for, and among which points.
    package struct Search: Sendable {
        /// The name of the vector.
        package var vector: String
        package var query: Query
        package var limit: Int
        /// How many of the best are passed over.
        package var offset: Int
        package var filter: Filter?
        /// Nothing worse than this score.
        package var threshold: Float?
        package var effort: VectorColumn.Effort

        package init(
            vector: String = "",
            query: Query,
            limit: Int = 10,
            offset: Int = 0,
            filter: Filter? = nil,
            threshold: Float? = nil,
            effort: VectorColumn.Effort = .init()
        ) {
            self.vector = vector
            self.query = query
            self.limit = limit
            self.offset = offset
            self.filter = filter
            self.threshold = threshold
            self.effort = effort
        }
    }

    package struct Hit: Sendable, Hashable {
        package let id: PointID
        package let score: Float

        package init(id: PointID, score: Float) {
            self.id = id
            self.score = score
        }
    }

    /// The best points, best first; among equals the lower identifier.
    package func search(_ search: Search, scratch: GraphScratch = GraphScratch()) throws(CollectionFault) -> [Hit] {
        guard let vector = shape.vectors[search.vector] else { throw .unknownVector(search.vector) }
        var prepared = search
        prepared.query = try vector.prepared(search.query, name: search.vector)
        let wanted = Swift.max(0, search.limit) + Swift.max(0, search.offset)
        var found: [(distance: Float, id: PointID)] = []
        for (segment, living) in zip(segments, living) {
            for near in segment.nearest(prepared, living: living, limit: wanted, scratch: scratch) {
                found.append((near.distance, segment.table.ids[near.row]))
            }
        }
        found.append(contentsOf: openDistances(prepared, vector))
        found.sort { $0.distance != $1.distance ? $0.distance < $1.distance : $0.id < $1.id }
        let hits = found.prefix(wanted).dropFirst(Swift.max(0, search.offset))
            .map { Hit(id: $0.id, score: vector.metric.score($0.distance)) }
        guard let threshold = search.threshold else { return hits }
        return hits.filter { vector.metric.order == .descending ? $0.score >= threshold : $0.score <= threshold }
    }

    /// The points that are like the positives and unlike the negatives: near the mean of the one, moved away from the
    /// mean of the other.
    ///
    /// The examples themselves are not found.
    package func recommend(
        like positives: [PointID],
        unlike negatives: [PointID] = [],
        _ search: Search,
        scratch: GraphScratch = GraphScratch()
    ) throws(CollectionFault) -> [Hit] {
        guard let liked = mean(of: positives, search.vector) else { return [] }
        var target = liked
        if let disliked = mean(of: negatives, search.vector) {
            for place in target.indices { target[place] += liked[place] - disliked[place] }
        }
        var aimed = search
        aimed.query = .numbers(target)
        var filter = search.filter.map { Filter(must: [.filter($0)]) } ?? Filter()
        filter.mustNot.append(.hasID(Set(positives + negatives)))
        aimed.filter = filter
        return try self.search(aimed, scratch: scratch)
    }

    private func mean(of ids: [PointID], _ name: String) -> [Float]? {
        var sum: [Float] = []
        var count: Float = 0
        for id in ids {
            guard case .numbers(let numbers)? = point(id)?.vectors[name] else { continue }
            sum = sum.isEmpty ? numbers : zip(sum, numbers).map { $0 + $1 }
            count += 1
        }
        return count > 0 ? sum.map { $0 / count } : nil
    }

    /// How many points satisfy a filter, exactly.
    package func count(_ filter: Filter) -> Int {
        zip(segments, living).reduce(0) { $0 + $1.0.table.rows(matching: filter, among: $1.1).count }
            + open.count { filter.matches($0.filtered) }
    }

    /// Points in the order of their identifiers, from one on, at most `limit`; and where to go on.
    package func scroll(
        from first: PointID? = nil,
        limit: Int,
        filter: Filter? = nil
    ) -> (points: [Point], next: PointID?) {
        var ids = open.filter { filter?.matches($0.filtered) ?? true }.map(\.id)
        for (segment, living) in zip(segments, living) {
            let rows = filter.map { segment.table.rows(matching: $0, among: living) } ?? living
            ids.append(contentsOf: rows.numbers.map { segment.table.ids[$0] })
        }
        if let first { ids.removeAll { $0 < first } }
        ids.sort()
        return (ids.prefix(limit).compactMap(point), ids.count > limit ? ids[limit] : nil)
    }

    /// How many points have each value of a field, most first; among equals the lesser text.
    package func facets(_ path: PayloadPath, limit: Int, filter: Filter? = nil) -> [(value: Value, count: Int)] {
        var counts: [Value: Int] = [:]
        func add(_ payload: Value) {
            let values = Set(path.values(in: payload, arrays: .opened))
            for value in values where value.isKey { counts[value, default: 0] += 1 }
        }
        for (segment, living) in zip(segments, living) {
            let rows = filter.map { segment.table.rows(matching: $0, among: living) } ?? living
            let index = segment.table.index(.keyword, at: path)
            if let index {
                for (key, count) in index.counts(among: rows) where count > 0 { counts[key, default: 0] += count }
            } else {
                for row in rows.numbers { add(segment.table.payloads[row]) }
            }
        }
        for point in open where filter?.matches(point.filtered) ?? true { add(point.payload) }
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.sortText < $1.key.sortText }
        return sorted.prefix(limit).map { (value: $0.key, count: $0.value) }
    }

    private func openDistances(_ search: Search, _ vector: CollectionShape.Vector) -> [(distance: Float, id: PointID)] {
        let matching = open.filter { point in
            point.vectors[search.vector] != nil && (search.filter?.matches(point.filtered) ?? true)
        }
        guard !matching.isEmpty else { return [] }
        let element: Rows.Element = vector.metric == .hamming ? .bit : .float
        let rows = Rows(element, dimension: vector.dimension, capacity: matching.count)
        for (number, point) in matching.enumerated() {
            switch point.vectors[search.vector] {
            case .numbers(let numbers): rows.set(number, to: numbers)
            case .bits(let bits): rows.set(number, to: bits.raw)
            case nil: continue
            }
        }
        let query = rows.padded(query: search.query, nil)
        let distances = rows.distances(
            from: query.raw,
            to: matching.indices.map(UInt32.init),
            by: vector.metric.measure
        )
        return zip(distances, matching).map { ($0, $1.id) }
    }
}

extension Point {
    /// As a filter looks at it.
    var filtered: FilteredPoint { FilteredPoint(id: id, payload: payload, vectors: Set(vectors.keys)) }
}

extension Value {
    fileprivate var isKey: Bool {
        switch self {
        case .text, .integer, .bool: true
        default: false
        }
    }

    fileprivate var sortText: String {
        switch self {
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .bool(let bool): String(bool)
        default: ""
        }
    }
}
