import Basics
import Foundation
import TestSupport
import Testing
import VectorIndex

/// Filters by indices against looking at every point: the same rows, whatever is indexed.
@Suite struct PayloadTableTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func indicesAnswerAsLookingDoes(seed: UInt64) throws {
        let path = #filePath.replacing("Filter/PayloadTableTests.swift", with: "Oracle/qdrant_filters.jsonl")
        let answers = try Answers(lines: [UInt8](try #require(FileManager.default.contents(atPath: path))))
        var random = SeededRandom(seed: seed)
        let names = [
            "a", "b", "c", "n", "t", "s", "tags", "tags[]", "deep.a", "deep.list[].a", "nums", "nums[]", "deep.list",
        ]
        var fields: [(path: PayloadPath, kind: FieldIndex.Kind)] = []
        for name in names {
            let path = try #require(PayloadPath(name))
            for kind in FieldIndex.Kind.allCases where random.chance(400) { fields.append((path, kind)) }
        }
        // Many times the same payloads, in another order: wide sets and narrow ones.
        let payloads = (0..<600).map { _ in answers.payloads[random.below(answers.payloads.count)] }
        let table = PayloadTable(
            ids: payloads.indices.map { .number(UInt64($0)) },
            payloads: payloads,
            vectors: ["": Bitmap(allBelow: payloads.count)],
            fields: fields
        )
        for (value, _) in answers.filters.prefix(200) {
            let filter = try Filter(value)
            let candidates = Bitmap(payloads.indices.filter { _ in random.chance(800) }, bound: payloads.count)
            let found = table.rows(matching: filter, among: candidates)
            let expected = candidates.numbers.filter { filter.matches(table.point($0)) }
            #expect(found.numbers == expected, "\(value)")
        }
    }

    /// Wide and narrow ranges over many rows, where prepared sets come in.
    @Test(arguments: [5, 6] as [UInt64])
    func rangesOverManyRows(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = 20_000
        let payloads: [Value] = (0..<count).map { _ in
            random.chance(50)
                ? ["n": .null] : ["n": .integer(Int64(random.below(1000))), "k": .integer(Int64(random.below(3)))]
        }
        let (n, k) = (try #require(PayloadPath("n")), try #require(PayloadPath("k")))
        let table = PayloadTable(
            ids: (0..<count).map { .number(UInt64($0)) },
            payloads: payloads,
            vectors: [:],
            fields: [(n, .integer), (k, .keyword)]
        )
        for _ in 0..<30 {
            let bounds = [random.below(1000), random.below(1000)].sorted()
            let range = NumberRange(
                above: random.chance(300) ? .integer(Int64(bounds[0])) : nil,
                from: random.chance(500) ? .integer(Int64(bounds[0])) : nil,
                below: random.chance(500) ? .double(Double(bounds[1]) + 0.5) : nil,
                to: random.chance(300) ? .integer(Int64(bounds[1])) : nil
            )
            let filter = Filter(
                must: [.field(n, .range(range))],
                mustNot: [.field(k, .any([.integer(Int64(random.below(4)))]))]
            )
            let found = table.rows(matching: filter, among: Bitmap(allBelow: count))
            #expect(found.numbers == (0..<count).filter { filter.matches(table.point($0)) }, "\(range)")
        }
    }
}
