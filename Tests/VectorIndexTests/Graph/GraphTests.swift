import Basics
import TestSupport
import Testing
import VectorIndex

/// The graph against an exact scan of the same rows.
@Suite struct GraphTests {
    @Test(arguments: [Metric.euclid, .cosine, .dot, .manhattan])
    func findsWhatAScanFinds(_ metric: Metric) {
        var random = SeededRandom(seed: 21)
        let (count, dimension) = (1500, 24)
        let rows = Rows(.float, dimension: dimension)
        for (number, vector) in random.clusters(count, of: dimension, centres: 20, spread: 0.7).enumerated() {
            rows.set(number, to: metric == .cosine ? vector.unit : vector)
        }
        let column = VectorColumn(metric: metric, dimension: dimension, rows: rows)
            .indexed(count: count, shape: GraphShape(degree: 12, breadth: 64))
        let recall = column.recall(20, of: count, effort: .init(breadth: 100, way: .graph), &random)
        #expect(recall >= 0.97, "\(metric): \(recall)")
    }

    @Test func findsNearBits() {
        var random = SeededRandom(seed: 22)
        let centres = (0..<30).map { _ in random.point(1024) }
        let rows = Rows(.bit, dimension: 1024)
        for number in 0..<1000 {
            rows.set(number, to: centres[random.below(30)].flipped(200, seed: random.next()).words.raw)
        }
        let column = VectorColumn(metric: .hamming, dimension: 1024, rows: rows)
            .indexed(count: 1000, shape: GraphShape(degree: 12, breadth: 64))
        var hits = 0
        for cue in 0..<20 {
            let query = Query.bits(rows.padded(cue * 7))
            let exact = column.nearest(to: query, limit: 10, count: 1000, effort: .init(way: .exact), scratch: .init())
            let found = column.nearest(
                to: query,
                limit: 10,
                count: 1000,
                effort: .init(breadth: 100, way: .graph),
                scratch: .init()
            )
            // Ties at the end may be cut either way.
            hits += found.filter { $0.distance <= exact[9].distance }.count
        }
        #expect(hits >= 196, "\(hits) of 200")
    }

    /// One graph for any number of workers, to the last link.
    @Test func doesNotDependOnWorkers() {
        var random = SeededRandom(seed: 23)
        let rows = random.rows(.byte, dimension: 64, count: 800)
        let graphs = [1, 2, 5].map { workers in
            let graph = Graph(rows, measure: .byteSquare, shape: GraphShape(degree: 8, breadth: 32))
            graph.insert(Array(0..<500), workers: Threads(count: workers))
            graph.insert(Array(500..<800), workers: Threads(count: workers))
            return graph
        }
        #expect(graphs[0].links == graphs[1].links)
        #expect(graphs[0].links == graphs[2].links)
    }

    /// Rows come, go and come again under their numbers; the graph goes on finding what is there, and nothing else.
    @Test(arguments: [31, 32, 33] as [UInt64])
    func survivesRemovals(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let dimension = 16
        let vectors = random.clusters(1200, of: dimension, centres: 12, spread: 0.8)
        let rows = Rows(.float, dimension: dimension)
        for (number, vector) in vectors.enumerated() { rows.set(number, to: vector) }
        let graph = Graph(rows, measure: .floatSquare, shape: GraphShape(degree: 8, breadth: 64, seed: seed))
        graph.insert(Array(0..<800))
        var living = Set(0..<800)
        var scratch = GraphScratch()
        for _ in 0..<4 {
            var removed = Bitmap(bound: graph.count)
            for number in living.sorted() where random.chance(300) { removed.insert(number) }
            graph.remove(removed, scratch: scratch)
            living.subtract(removed.numbers)
            let fresh = (0..<1200).filter { !living.contains($0) && random.chance(500) }
            for number in fresh { rows.set(number, to: random.vector(dimension)) }
            graph.insert(fresh)
            living.formUnion(fresh)
            scratch = GraphScratch()
            var hits = 0
            let allowed = Bitmap(living.sorted(), bound: graph.count)
            for _ in 0..<20 {
                let query = rows.padded(random.vector(dimension))
                let exact = rows.nearest(
                    to: query.raw,
                    by: .floatSquare,
                    count: graph.count,
                    breadth: 10,
                    allowed: allowed,
                    scratch: scratch
                )
                let found = graph.search(query.raw, breadth: 80, scratch: scratch)
                #expect(found.allSatisfy { living.contains($0.row) })
                hits += Set(exact.map(\.row)).intersection(found.prefix(10).map(\.row)).count
            }
            #expect(hits >= 180, "\(hits) of 200")
        }
        graph.remove(Bitmap(allBelow: graph.count), scratch: scratch)
        #expect(graph.search(rows.padded(random.vector(dimension)).raw, breadth: 10, scratch: scratch).isEmpty)
    }

    /// A share of the rows allowed: every way finds allowed rows only, and the best way nearly all of them.
    @Test(arguments: [1, 10, 100, 300, 500, 900])
    func findsAmongAllowedRows(permille: Int) {
        var random = SeededRandom(seed: 24)
        let (count, dimension) = (2000, 32)
        let rows = Rows(.float, dimension: dimension)
        for (number, vector) in random.clusters(count, of: dimension, centres: 20, spread: 0.9).enumerated() {
            rows.set(number, to: vector)
        }
        let column = VectorColumn(metric: .euclid, dimension: dimension, rows: rows)
            .indexed(count: count, shape: GraphShape(degree: 12, breadth: 64))
        let allowed = Bitmap((0..<count).filter { _ in random.chance(permille) } + [7], bound: count)
        for way in [VectorColumn.Effort.Way.any, .exact, .scan] {
            let recall = column.recall(
                20,
                of: count,
                allowed: allowed,
                effort: .init(breadth: 100, way: way),
                &random
            )
            #expect(recall >= 0.95, "\(way): \(recall)")
        }
        let walked = column.recall(20, of: count, allowed: allowed, effort: .init(breadth: 100, way: .graph), &random)
        #expect(walked >= (permille >= 100 ? 0.9 : 0), "\(walked)")
    }

    @Test func emptyAndSingle() {
        let rows = Rows(.float, dimension: 3)
        rows.set(0, to: [1, 2, 3])
        let graph = Graph(rows, measure: .floatSquare)
        let query = rows.padded([1, 2, 3])
        #expect(graph.search(query.raw, breadth: 10, scratch: .init()).isEmpty)
        graph.insert([0])
        #expect(graph.search(query.raw, breadth: 10, scratch: .init()) == [Neighbour(row: 0, distance: 0)])
        #expect(graph.search(query.raw, breadth: 0, scratch: .init()).isEmpty)
    }

    /// Many rows at one place: the walk ends, and finds as many as asked for.
    @Test func sameRowsManyTimes() {
        let rows = Rows(.float, dimension: 4)
        for number in 0..<300 { rows.set(number, to: [1, 1, 1, number < 290 ? 1 : 2]) }
        let column = VectorColumn(metric: .euclid, dimension: 4, rows: rows).indexed(count: 300)
        let found = column.nearest(
            to: .numbers([1, 1, 1, 1]),
            limit: 20,
            count: 300,
            effort: .init(breadth: 64, way: .graph),
            scratch: .init()
        )
        #expect(found.count == 20)
        #expect(found.allSatisfy { $0.distance == 0 })
    }
}

/// As many threads as a test wants.
struct Threads: Workers {
    let count: Int

    func run(_ work: @Sendable (Int) -> Void) {
        // One after the other, in an order that no caller may rely on: what they do must not depend on it.
        for worker in (0..<count).reversed() { work(worker) }
    }
}

extension [Float] {
    var unit: [Float] {
        let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
        return map { $0 / length }
    }
}

extension VectorColumn {
    /// The share of the exact ten nearest that are found for as many random queries.
    func recall(
        _ queries: Int,
        of count: Int,
        allowed: Bitmap? = nil,
        effort: Effort,
        _ random: inout SeededRandom
    ) -> Double {
        let scratch = GraphScratch()
        var (hits, all) = (0, 0)
        for _ in 0..<queries {
            let near = rows.floats(random.below(count)).map { $0 + 0.3 * random.normal() }
            let query = Query.numbers(metric == .cosine ? near.unit : near)
            let exact = nearest(
                to: query,
                limit: 10,
                count: count,
                allowed: allowed,
                effort: .init(way: .exact),
                scratch: scratch
            )
            let found = nearest(to: query, limit: 10, count: count, allowed: allowed, effort: effort, scratch: scratch)
            #expect(found.allSatisfy { allowed?.contains($0.row) ?? true })
            hits += Set(exact.map(\.row)).intersection(found.map(\.row)).count
            all += exact.count
        }
        return Double(hits) / Double(all)
    }
}
