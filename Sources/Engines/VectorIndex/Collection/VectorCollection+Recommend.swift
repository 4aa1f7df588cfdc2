internal import Basics

extension VectorCollection {
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
        var aimed = without(positives + negatives, search)
        aimed.query = .numbers(target)
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

    /// The points that are nearest to any of the positives and nearer to it than to every negative, best first.
    ///
    /// The score is that of the nearest positive. Unlike the mean, it does not fall between examples that are far
    /// from each other. The examples themselves are not found.
    package func recommend(
        likeAny positives: [PointID],
        unlikeAll negatives: [PointID] = [],
        _ search: Search,
        scratch: GraphScratch = GraphScratch()
    ) throws(CollectionFault) -> [Hit] {
        guard let vector = shape.vectors[search.vector] else { throw .unknownVector(search.vector) }
        let (liked, disliked) = (examples(positives, search.vector), examples(negatives, search.vector))
        let wanted = Swift.max(0, search.limit) + Swift.max(0, search.offset)
        guard !liked.isEmpty, wanted > 0 else { return [] }
        var wider = without(positives + negatives, search)
        wider.offset = 0
        wider.limit = wanted * 2
        while true {
            var best: [PointID: Float] = [:]
            var isExhausted = true
            for query in liked {
                wider.query = query
                let hits = try self.search(wider, scratch: scratch)
                isExhausted = isExhausted && hits.count < wider.limit
                for hit in hits where best[hit.id].map({ vector.metric.isBetter(hit.score, than: $0) }) ?? true {
                    best[hit.id] = hit.score
                }
            }
            let kept = best.filter { id, score in
                disliked.allSatisfy { query in
                    self.score(of: id, query, search.vector).map { vector.metric.isBetter(score, than: $0) } ?? true
                }
            }
            if kept.count >= wanted || isExhausted || wider.limit >= count {
                let ranked = kept.sorted { one, other in
                    one.value != other.value
                        ? vector.metric.isBetter(one.value, than: other.value) : one.key < other.key
                }
                return ranked.prefix(wanted).dropFirst(Swift.max(0, search.offset)).map {
                    Hit(id: $0.key, score: $0.value)
                }
            }
            wider.limit = Swift.min(count, wider.limit * 4)
        }
    }

    /// What a point's vector scores for a query; nil when there is no such point, or it has no such vector.
    package func score(of id: PointID, _ query: Query, _ name: String) -> Float? {
        let alone = Search(
            vector: name,
            query: query,
            limit: 1,
            filter: Filter(must: [.hasID([id])]),
            effort: .init(way: .exact)
        )
        return (try? search(alone))?.first?.score
    }

    private func examples(_ ids: [PointID], _ name: String) -> [Query] { ids.compactMap { point($0)?.vectors[name] } }

    private func without(_ ids: [PointID], _ search: Search) -> Search {
        var other = search
        var filter = search.filter.map { Filter(must: [.filter($0)]) } ?? Filter()
        filter.mustNot.append(.hasID(Set(ids)))
        other.filter = filter
        return other
    }
}

extension Metric {
    func isBetter(_ one: Float, than other: Float) -> Bool { order == .descending ? one > other : one < other }
}
