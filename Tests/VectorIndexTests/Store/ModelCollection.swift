import Basics
import TestSupport
import Testing
import VectorIndex

/// What a stored collection must be: a dictionary for every position.
struct ModelCollection {
    /// The change that leads to position 1 is the first.
    var changes: [Change] = []

    mutating func extend(by count: Int, ids: Int, _ random: inout SeededRandom) -> [Change] {
        let new = (0..<count).map { _ -> Change in
            let id = PointID.number(UInt64(random.below(ids)))
            return random.chance(750) ? .put(random.smallPoint(id)) : .delete(id)
        }
        changes += new
        return new
    }

    func points(at position: UInt64) -> [Point] {
        var points: [PointID: Point] = [:]
        for change in changes.prefix(Int(position)) {
            switch change {
            case .put(let point): points[point.id] = point
            case .delete(let id): points[id] = nil
            }
        }
        return points.values.sorted { $0.id < $1.id }
    }

    static let shape = CollectionShape(
        vectors: ["": .init(metric: .euclid, dimension: 3), "b": .init(metric: .hamming, dimension: 16)],
        fields: [
            .init(path: PayloadPath(steps: [.key("n")]), kind: .integer),
            .init(path: PayloadPath(steps: [.key("k")]), kind: .keyword),
        ],
        graph: GraphShape(degree: 4, breadth: 8),
        openLimit: 5,
        graphLeast: 12,
        storeLeast: 9
    )

    /// Holds a collection against the model: its points, and what a search with a filter finds.
    func compare(
        _ collection: VectorCollection,
        at position: UInt64,
        _ random: inout SeededRandom,
        _ comment: @autoclosure () -> String = ""
    ) throws {
        let expected = points(at: position)
        #expect(collection.count == expected.count, "\(comment())")
        #expect(collection.scroll(limit: 1000).points == expected, "\(comment())")
        let filter = Filter(must: [
            .field(PayloadPath(steps: [.key("n")]), .range(NumberRange(from: .integer(Int64(random.below(8))))))
        ])
        let query = random.smallPoint(.number(0)).vectors[""]
        guard case .numbers(let target)? = query else { return }
        let hits = try collection.search(
            .init(query: .numbers(target), limit: 4, filter: filter, effort: .init(way: .exact))
        )
        let scores = expected.compactMap { point -> (id: PointID, score: Float)? in
            let seen = FilteredPoint(id: point.id, payload: point.payload)
            guard filter.matches(seen), case .numbers(let numbers)? = point.vectors[""] else { return nil }
            // Whole numbers: the order of the sum does not matter.
            return (point.id, zip(numbers, target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot())
        }
        #expect(hits.map(\.score) == Array(scores.map(\.score).sorted().prefix(4)), "\(comment())")
        #expect(hits.allSatisfy { hit in scores.contains { $0 == (hit.id, hit.score) } }, "\(comment())")
        #expect(Set(hits.map(\.id)).count == hits.count, "\(comment())")
    }
}

extension SeededRandom {
    /// A point with vectors of small whole numbers.
    mutating func smallPoint(_ id: PointID) -> Point {
        var vectors: [String: Query] = [:]
        vectors[""] = .numbers((0..<3).map { _ in Float(below(9) - 4) })
        if chance(500) { vectors["b"] = .bits(bytes(2)) }
        return Point(
            id: id,
            vectors: vectors,
            payload: ["n": .integer(Int64(below(10))), "k": .text("k\(below(3))")]
        )
    }
}
