import Basics
import TestSupport
import Testing
import VectorIndex

/// A collection against a dictionary of points that is looked through: random puts, deletes, seals and merges.
@Suite struct VectorCollectionTests {
    @Test(arguments: [41, 42, 43, 44] as [UInt64])
    func doesAsTheModelDoes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let metric = try #require([Metric.euclid, .cosine, .dot, .manhattan].randomElement(using: &random))
        let shape = try shape(metric, &random)
        var collection = VectorCollection(shape: shape)
        var model: [PointID: Point] = [:]
        for _ in 0..<600 {
            let id = PointID.number(UInt64(random.below(150)))
            switch random.below(100) {
            case ..<70:
                let point = random.point(id)
                try collection.put(point)
                model[id] = point
            case ..<90:
                let wasThere = collection.delete(id)
                #expect(wasThere == (model.removeValue(forKey: id) != nil))
            case ..<95: collection.seal()
            default: if let chosen = collection.mergeable() { collection.merge(chosen) }
            }
            #expect(collection.count == model.count)
            if random.chance(100) { try compare(collection, model, &random) }
        }
        let everything = Set(0..<100).filter { $0 < collection.segmentCount }
        collection.merge(everything)
        try compare(collection, model, &random)
    }

    /// What a copy shows does not change with the original.
    @Test func copiesStay() throws {
        var random = SeededRandom(seed: 45)
        var collection = VectorCollection(shape: try shape(.euclid, &random))
        for id in 0..<90 { try collection.put(random.point(.number(UInt64(id)))) }
        let copy = collection
        let before = copy.scroll(limit: 1000).points
        for id in 30..<120 { try collection.put(random.point(.number(UInt64(id)))) }
        for id in 0..<20 { collection.delete(.number(UInt64(id))) }
        collection.merge(Set(0..<collection.segmentCount))
        #expect(copy.scroll(limit: 1000).points == before)
        #expect(copy.count == 90)
        #expect(collection.count == 100)
    }

    @Test func refusesWhatDoesNotFit() throws {
        var random = SeededRandom(seed: 46)
        var collection = VectorCollection(shape: try shape(.cosine, &random))
        #expect(throws: CollectionFault.unknownVector("x")) {
            try collection.put(Point(id: .number(1), vectors: ["x": .numbers([1])]))
        }
        #expect(throws: CollectionFault.wrongDimension(name: "", expected: 8, found: 1)) {
            try collection.put(Point(id: .number(1), vectors: ["": .numbers([1])]))
        }
        #expect(throws: CollectionFault.notFinite(name: "")) {
            try collection.put(Point(id: .number(1), vectors: ["": .numbers([.nan, 1, 1, 1, 1, 1, 1, 1])]))
        }
        #expect(throws: CollectionFault.wrongKind(name: "")) {
            try collection.search(.init(query: .bits([1])))
        }
        #expect(collection.count == 0)
    }

    private func shape(_ metric: Metric, _ random: inout SeededRandom) throws -> CollectionShape {
        var fields: [CollectionShape.Field] = []
        for name in ["n", "k", "tags"] {
            let path = try #require(PayloadPath(name))
            for kind in [FieldIndex.Kind.keyword, .integer] where random.chance(600) {
                fields.append(.init(path: path, kind: kind))
            }
        }
        return CollectionShape(
            vectors: ["": .init(metric: metric, dimension: 8)],
            fields: fields,
            graph: GraphShape(degree: 8, breadth: 40),
            openLimit: 40,
            graphLeast: 30
        )
    }

    private func compare(
        _ collection: VectorCollection,
        _ model: [PointID: Point],
        _ random: inout SeededRandom
    ) throws {
        let filter = random.filter()
        let matching = model.values.filter {
            filter.matches(FilteredPoint(id: $0.id, payload: $0.payload, vectors: Set($0.vectors.keys)))
        }
        #expect(collection.count(filter) == matching.count)
        let scrolled = collection.scroll(limit: 1000, filter: filter)
        #expect(scrolled.points.map(\.id) == matching.map(\.id).sorted())
        #expect(scrolled.next == nil)
        for id in model.keys { #expect(collection.point(id)?.payload == model[id]?.payload) }
        let exact = VectorCollection.Search(
            query: .numbers(random.vector(8)),
            limit: 10,
            filter: filter,
            effort: .init(way: .exact)
        )
        let hits = try collection.search(exact)
        #expect(hits.map(\.id) == (try expected(exact, matching, collection.shape)).map(\.id))
        var any = exact
        any.effort = .init(breadth: 100)
        let found = try collection.search(any)
        #expect(Set(found.map(\.id)).intersection(hits.map(\.id)).count * 10 >= hits.count * 9)
        try compareCuts(collection, exact, hits)
    }

    /// Offset and threshold take from the whole list what they say.
    private func compareCuts(
        _ collection: VectorCollection,
        _ search: VectorCollection.Search,
        _ hits: [VectorCollection.Hit]
    ) throws {
        guard hits.count > 4, let vector = collection.shape.vectors[""] else { return }
        var later = search
        later.offset = 2
        later.limit = 3
        #expect(try collection.search(later) == Array(hits[2..<5]))
        var better = search
        better.threshold = hits[3].score
        let kept = hits.filter {
            vector.metric.order == .descending ? $0.score >= hits[3].score : $0.score <= hits[3].score
        }
        #expect(try collection.search(better) == kept)
    }

    private func expected(
        _ search: VectorCollection.Search,
        _ points: [Point],
        _ shape: CollectionShape
    ) throws -> [Point] {
        // One collection a point: no list, no order and no bound of the real one is used.
        let scored = try points.map { point in
            var alone = VectorCollection(shape: shape)
            try alone.put(point)
            let hit = try alone.search(.init(query: search.query, limit: 1)).first
            return (point, hit?.score ?? 0)
        }
        let isDescending = shape.vectors[""]?.metric.order == .descending
        return scored.sorted { one, other in
            if one.1 != other.1 { return isDescending ? one.1 > other.1 : one.1 < other.1 }
            return one.0.id < other.0.id
        }.prefix(search.limit).map(\.0)
    }
}

extension SeededRandom {
    mutating func point(_ id: PointID) -> Point {
        let tags = (0..<below(3)).map { _ in Value.text(["red", "green", "blue"][below(3)]) }
        return Point(
            id: id,
            vectors: ["": .numbers(vector(8))],
            payload: ["n": .integer(Int64(below(20))), "k": .text("k\(below(4))"), "tags": .array(tags)]
        )
    }

    mutating func filter() -> Filter {
        let conditions: [Filter.Condition] = ["n", "k", "tags"].compactMap { name in
            guard chance(400), let path = PayloadPath(name) else { return nil }
            switch name {
            case "n": return .field(path, .range(NumberRange(from: .integer(Int64(below(20))))))
            case "k": return .field(path, .any([.text("k\(below(5))"), .text("k1")]))
            default: return chance(500) ? .isEmpty(path) : .field(path, .except([.text("red")]))
            }
        }
        return chance(300)
            ? Filter(mustNot: conditions) : chance(300) ? Filter(should: conditions) : Filter(must: conditions)
    }
}
