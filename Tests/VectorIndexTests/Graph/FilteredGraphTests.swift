import Basics
import TestSupport
import Testing

@testable import VectorIndex

/// Filters that have to do with where rows lie, and quantised walks: as much is found as elsewhere.
@Suite struct FilteredGraphTests {
    private let dimension = 24
    private let count = 6000

    private func column(_ random: inout SeededRandom, _ kind: Quantizer.Kind) -> (VectorColumn, clusters: [Int]) {
        let centres = (0..<30).map { _ in random.vector(dimension) }
        let rows = Rows(.float, dimension: dimension)
        var clusters: [Int] = []
        for number in 0..<count {
            clusters.append(random.below(centres.count))
            rows.set(number, to: zip(centres[clusters[number]], random.vector(dimension)).map { $0 + 0.4 * $1 })
        }
        let column = VectorColumn(metric: .euclid, dimension: dimension, rows: rows)
            .indexed(count: count, shape: GraphShape(degree: 12, breadth: 64), quantization: kind)
        return (column, clusters)
    }

    /// A query whose own cluster is left out, with half of the others, lies elsewhere; among random rows it does not.
    @Test func tellsWhatLiesElsewhere() throws {
        var random = SeededRandom(seed: 31)
        let (column, clusters) = column(&random, .bytes)
        let index = try #require(column.index)
        let scratch = GraphScratch()
        var (elsewhere, inside) = (0, 0)
        for _ in 0..<60 {
            let row = random.below(count)
            let query = index.graph.rows.padded(query: .numbers(column.rows.floats(row)), index.quantizer)
            let others = Bitmap((0..<count).filter { clusters[$0] % 2 != clusters[row] % 2 }, bound: count)
            let some = Bitmap((0..<count).filter { _ in random.chance(500) }, bound: count)
            if Bearing(of: query, in: index.graph, allowed: others, share: 0.5, scratch).isElsewhere { elsewhere += 1 }
            if Bearing(of: query, in: index.graph, allowed: some, share: 0.5, scratch).isElsewhere { inside += 1 }
        }
        #expect(elsewhere >= 55, "\(elsewhere)")
        #expect(inside <= 1, "\(inside)")
    }

    /// Where a walk begins is found once, however often it is named.
    @Test func seedsAreFoundOnce() throws {
        var random = SeededRandom(seed: 33)
        let (column, _) = column(&random, .bytes)
        let index = try #require(column.index)
        let allowed = Bitmap((0..<count).filter { _ in random.chance(500) }, bound: count)
        for _ in 0..<30 {
            let query = index.graph.rows.padded(random.below(count))
            let near = index.graph.search(query.raw, breadth: 40, scratch: GraphScratch()).map { UInt32($0.row) }
            let seeds = near.filter { allowed.contains(Int($0)) }
            let found = index.graph.search(
                query.raw,
                breadth: 50,
                allowed: allowed,
                seeds: seeds + seeds,
                scratch: GraphScratch()
            )
            #expect(Set(found.map(\.row)).count == found.count)
            #expect(Set(found.map { UInt32($0.row) }).isSuperset(of: seeds.prefix(10)))
        }
    }

    @Test func bitsFindWhatNumbersConfirm() {
        var random = SeededRandom(seed: 32)
        let (column, _) = column(&random, .bits)
        #expect(column.index?.graph.rows.stride == 64)
        let recall = column.recall(30, of: count, effort: .init(breadth: 400, oversampling: 10, way: .graph), &random)
        #expect(recall >= 0.9, "\(recall)")
    }
}
