import Model
import Ports
import Testing

extension RowsConformance {
    static let scans = [
        RowsCheck("rows are in the order of their keys' bytes") { fixture in
            try await with(fixture) { rows in
                let texts = ["", "A", "Z", "a", "a\u{1}", "aa", "ab", "b", "e\u{301}", "é", "ÿ", "\u{FFFD}", "𝄞"]
                #expect(
                    texts.map { Array($0.utf8) }
                        == texts.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
                )
                let blobs: [[UInt8]] = [[], [0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0]]
                let numbers: [Int64] = [.min, -256, -1, 0, 1, 255, 256, .max]
                var expected: [Row] = []
                for text in texts {
                    for blob in blobs { for number in numbers { expected.append(Sample.link(text, blob, number)) } }
                }
                var random = SeededRandom(seed: 5)
                try await put(rows, expected.shuffled(using: &random), in: Sample.links)
                #expect(try await all(rows, Sample.links) == expected)
                var backward = Scan(Sample.links)
                backward.order = .descending
                let reversed = try await rows.read { [backward] snapshot throws(StoreError) in
                    try snapshot.rows(backward)
                }
                #expect(reversed == expected.reversed())
                for text in texts {
                    let found = try await rows.read { snapshot throws(StoreError) in
                        try snapshot.rows(Scan(Sample.links, prefix: [.text(text), .blob([0])]))
                    }
                    #expect(found == numbers.map { Sample.link(text, [0], $0) })
                }
            }
        },
        RowsCheck("scans agree with sorting and filtering") { fixture in
            try await with(fixture) { rows in
                var random = SeededRandom(seed: 8)
                let things = (0..<120).map { id in
                    Sample.thing(
                        Int64(id),
                        "l\(random.below(4))",
                        owner: random.chance(300) ? nil : "o\(random.below(5))",
                        rank: random.chance(300) ? nil : Int64(random.below(6))
                    )
                }
                try await put(rows, things)
                for _ in 0..<200 {
                    let scan = randomScan(&random)
                    let found = try await rows.read { snapshot throws(StoreError) in try snapshot.rows(scan) }
                    #expect(found == expectation(of: scan, in: things), "\(scan)")
                    let inside = try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                        try transaction.rows(scan)
                    }
                    #expect(inside == found)
                }
            }
        },
        RowsCheck("a scan ends when its body says so") { fixture in
            try await with(fixture) { rows in
                try await put(rows, (0..<10).map { Sample.thing($0) })
                let count = try await rows.read { snapshot throws(StoreError) in
                    var count = 0
                    try snapshot.scan(Scan(Sample.things)) { _ throws(StoreError) in
                        count += 1
                        // A scan inside a scan, of the same shape.
                        guard try snapshot.rows(Scan(Sample.things)).count == 10 else { throw changedMind }
                        return count == 4 ? .stop : .next
                    }
                    return count
                }
                #expect(count == 4)
                await refuses(.unexpected) {
                    try await rows.read { snapshot throws(StoreError) in
                        try snapshot.scan(Scan(Sample.things)) { _ throws(StoreError) in throw changedMind }
                    }
                }
                #expect(try await all(rows).count == 10)
            }
        },
    ]

    private static func randomScan(_ random: inout SeededRandom) -> Scan {
        var scan: Scan
        switch random.below(3) {
        case 0:
            scan = Scan(Sample.things)
            bound(&scan, &random) { .integer(Int64($0.below(130) - 5)) }
        case 1:
            scan = Scan(Sample.things, by: ["owner"])
            switch random.below(3) {
            case 0: bound(&scan, &random) { .text("o\($0.below(6))") }
            case 1: scan.prefix = [.null]
            default:
                scan.prefix = [.text("o\(random.below(5))")]
                bound(&scan, &random) { .integer(Int64($0.below(120))) }
            }
        default:
            scan = Scan(Sample.things, by: ["rank", "label"])
            switch random.below(3) {
            case 0: bound(&scan, &random) { .integer(Int64($0.below(6))) }
            case 1:
                scan.prefix = [.integer(Int64(random.below(6)))]
                bound(&scan, &random) { .text("l\($0.below(4))") }
            default: scan.prefix = [random.chance(500) ? .null : .integer(3), .text("l1")]
            }
        }
        scan.order = random.chance(500) ? .ascending : .descending
        if random.chance(300) { scan.limit = random.below(20) }
        return scan
    }

    private static func bound(
        _ scan: inout Scan,
        _ random: inout SeededRandom,
        _ value: (inout SeededRandom) -> RowValue
    ) {
        if random.chance(600) {
            scan.from = random.chance(500) ? .including(value(&random)) : .excluding(value(&random))
        }
        if random.chance(600) { scan.to = random.chance(500) ? .including(value(&random)) : .excluding(value(&random)) }
    }

    /// The same by brute force, written from the contract alone.
    private static func expectation(of scan: Scan, in things: [Row]) -> [Row] {
        let place = { (row: Row) in scan.columns.map { row[$0] } }
        var rows = things.filter { row in
            guard Array(place(row).prefix(scan.prefix.count)) == scan.prefix else { return false }
            guard scan.from != nil || scan.to != nil else { return true }
            let value = place(row)[scan.prefix.count]
            guard value != .null else { return false }
            switch scan.from {
            case .including(let bound) where value < bound: return false
            case .excluding(let bound) where value <= bound: return false
            default: break
            }
            switch scan.to {
            case .including(let bound) where value > bound: return false
            case .excluding(let bound) where value >= bound: return false
            default: return true
            }
        }
        rows.sort { one, other in
            for (one, other) in zip(place(one), place(other)) where one != other { return one < other }
            return false
        }
        if scan.order == .descending { rows.reverse() }
        return Array(rows.prefix(scan.limit ?? .max))
    }
}
