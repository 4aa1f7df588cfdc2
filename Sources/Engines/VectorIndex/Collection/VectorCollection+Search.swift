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
        for part in parts {
            for near in part.segment.nearest(prepared, living: part.living, limit: wanted, scratch: scratch) {
                found.append((near.distance, part.segment.table.ids[near.row]))
            }
        }
        for near in open.nearest(prepared, limit: wanted, scratch: scratch) {
            found.append((near.distance, open.id(near.row)))
        }
        found.sort { $0.distance != $1.distance ? $0.distance < $1.distance : $0.id < $1.id }
        let hits = found.prefix(wanted).dropFirst(Swift.max(0, search.offset))
            .map { Hit(id: $0.id, score: vector.metric.score($0.distance)) }
        guard let threshold = search.threshold else { return hits }
        return hits.filter { vector.metric.order == .descending ? $0.score >= threshold : $0.score <= threshold }
    }

    /// How many points satisfy a filter, exactly.
    package func count(_ filter: Filter) -> Int {
        parts.reduce(open.matching(filter).count) {
            $0 + $1.segment.table.rows(matching: filter, among: $1.living).count
        }
    }

    /// Points in the order of their identifiers, from one on, at most `limit`; and where to go on.
    package func scroll(
        from first: PointID? = nil,
        limit: Int,
        filter: Filter? = nil
    ) -> (points: [Point], next: PointID?) {
        var ids = open.matching(filter).map(open.id)
        for part in parts { ids.append(contentsOf: part.matching(filter).numbers.map { part.segment.table.ids[$0] }) }
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
        for part in parts {
            let rows = part.matching(filter)
            if let index = part.segment.table.index(.keyword, at: path) {
                for (key, count) in index.counts(among: rows) where count > 0 { counts[key, default: 0] += count }
            } else {
                for row in rows.numbers { add(part.segment.table.payloads[row]) }
            }
        }
        for row in open.matching(filter) { add(open.payload(row)) }
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.sortText < $1.key.sortText }
        return sorted.prefix(limit).map { (value: $0.key, count: $0.value) }
    }
}

extension VectorCollection.Part {
    /// The living rows that satisfy a filter.
    func matching(_ filter: Filter?) -> Bitmap {
        filter.map { segment.table.rows(matching: $0, among: living) } ?? living
    }
}
