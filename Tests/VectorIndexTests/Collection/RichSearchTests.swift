import Basics
import TestSupport
import Testing
import VectorIndex

/// Groups, orders and examples against all points looked at one by one.
@Suite struct RichSearchTests {
    private let path = PayloadPath(steps: [.key("k")])
    private let number = PayloadPath(steps: [.key("n")])
    private let everything = VectorColumn.Effort(way: .exact)

    /// Points in several segments and an open part; some without what is asked for.
    private func collection(
        _ random: inout SeededRandom,
        indexed: Bool
    ) throws -> (collection: VectorCollection, points: [Point]) {
        let shape = CollectionShape(
            vectors: ["": .init(metric: .euclid, dimension: 4)],
            fields: indexed ? [.init(path: path, kind: .keyword), .init(path: number, kind: .integer)] : [],
            openLimit: 40
        )
        var collection = VectorCollection(shape: shape)
        var points: [Point] = []
        for id in 0..<150 {
            var payload = Fields()
            if random.chance(800) { payload["n"] = .integer(Int64(random.below(25))) }
            if random.chance(700) {
                payload["k"] = .text("k\(random.below(6))")
            } else if random.chance(500) {
                payload["k"] = .array([.text("k1"), .integer(Int64(random.below(3)))])
            }
            let vector = Query.numbers(random.vector(4))
            let point = Point(id: .number(UInt64(id)), vectors: ["": vector], payload: .map(payload))
            points.append(point)
            try collection.put(point)
        }
        return (collection, points)
    }

    @Test(arguments: [true, false])
    func groupsByPayload(indexed: Bool) throws {
        var random = SeededRandom(seed: 91)
        let (collection, points) = try collection(&random, indexed: indexed)
        for limit in [1, 3, 9, 20] {
            let query = Query.numbers(random.vector(4))
            let ranked = try collection.search(.init(query: query, limit: 200, effort: everything))
            let groups = try collection.groups(by: path, limit: limit, size: 3, .init(query: query, effort: everything))
            var expected: [Value: [VectorCollection.Hit]] = [:]
            for hit in ranked {
                let payload = points.first { $0.id == hit.id }?.payload ?? .null
                for value in Set(path.values(in: payload, arrays: .opened)) { expected[value, default: []].append(hit) }
            }
            #expect(groups.count == min(limit, expected.count))
            for group in groups { #expect(group.hits == Array((expected[group.value] ?? []).prefix(3))) }
            // Best groups first, and none better left out.
            let firsts = expected.values.compactMap { $0.first?.score }.sorted()
            #expect(groups.compactMap { $0.hits.first?.score } == Array(firsts.prefix(limit)))
        }
    }

    @Test(arguments: [true, false], [VectorCollection.Direction.ascending, .descending])
    func ordersByPayload(indexed: Bool, direction: VectorCollection.Direction) throws {
        var random = SeededRandom(seed: 92)
        let (collection, points) = try collection(&random, indexed: indexed)
        let filter = Filter(mustNot: [.field(path, .any([.text("k2")]))])
        let matching = points.filter { filter.matches(FilteredPoint(id: $0.id, payload: $0.payload)) }
        let numbered = matching.compactMap { point -> (value: Double, id: PointID)? in
            guard case .integer(let value)? = number.values(in: point.payload, arrays: .opened).first else {
                return nil
            }
            return (Double(value), point.id)
        }
        for first in [nil, 7.0, 12.5] {
            for limit in [1, 10, 500] {
                let found = collection.scroll(by: number, direction, from: first, limit: limit, filter: filter)
                let expected = numbered.filter { entry in
                    first.map { direction == .ascending ? entry.value >= $0 : entry.value <= $0 } ?? true
                }
                .sorted { one, other in
                    one.value == other.value
                        ? one.id < other.id
                        : direction == .ascending ? one.value < other.value : one.value > other.value
                }
                #expect(found.map(\.point.id) == expected.prefix(limit).map(\.id))
                #expect(found.map(\.value) == expected.prefix(limit).map(\.value))
            }
        }
    }

    @Test func recommendsByTheBestExample() throws {
        var random = SeededRandom(seed: 93)
        let (collection, points) = try collection(&random, indexed: true)
        for _ in 0..<10 {
            let examples = (0..<5).map { _ in points[random.below(points.count)] }
            let (positives, negatives) = (examples.prefix(3), examples.suffix(2))
            let found = try collection.recommend(
                likeAny: positives.map(\.id),
                unlikeAll: negatives.map(\.id),
                .init(query: .numbers([]), limit: 12, effort: everything)
            )
            let others = points.filter { point in !examples.contains { $0.id == point.id } }
            let scored = others.compactMap { point -> (Float, PointID)? in
                let nearest = positives.map { distance($0, point) }.min() ?? 0
                let worst = negatives.map { distance($0, point) }.min() ?? .infinity
                return nearest < worst ? (nearest, point.id) : nil
            }
            #expect(found.map(\.id) == scored.sorted { $0 < $1 }.prefix(12).map(\.1))
        }
    }

    @Test func answersManySearchesAtOnce() throws {
        var random = SeededRandom(seed: 94)
        let (collection, _) = try collection(&random, indexed: true)
        let searches = (0..<37).map { _ in VectorCollection.Search(query: .numbers(random.vector(4)), limit: 3) }
        let together = try collection.search(searches, workers: OneWorker())
        #expect(together == (try searches.map { try collection.search($0) }))
        #expect(throws: CollectionFault.self) {
            try collection.search(searches + [.init(query: .bits([1]))], workers: OneWorker())
        }
    }

    private func distance(_ one: Point, _ other: Point) -> Float {
        guard case .numbers(let left)? = one.vectors[""], case .numbers(let right)? = other.vectors[""] else {
            return 0
        }
        return zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
