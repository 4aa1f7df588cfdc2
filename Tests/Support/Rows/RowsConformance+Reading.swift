import Basics
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Testing

extension RowsConformance {
    static let reading = [
        RowsCheck("every value comes back as it was put") { fixture in
            try await with(fixture) { rows in
                let things = [
                    Sample.thing(.min, "", weight: .infinity, load: [], owner: "", rank: .max),
                    Sample.thing(-1, "é", weight: 0.1, load: [0, 255, 0]),
                    Sample.thing(
                        0,
                        "e\u{301}",
                        weight: .leastNonzeroMagnitude,
                        load: Array(repeating: 7, count: 100_000)
                    ),
                    Sample.thing(.max, "𝄞 and a longer text that does not fit a small string", weight: 3),
                ]
                try await put(rows, things.reversed())
                #expect(try await all(rows) == things)
                for thing in things {
                    let got = try await rows.read { snapshot throws(StoreError) in
                        try snapshot.get([thing[0]], in: Sample.things)
                    }
                    #expect(got == thing)
                }
            }
        },
        RowsCheck("a read shows one moment, whatever is written meanwhile") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "before")], at: 1)
                let began = BlockingQueue<Void>()
                let written = BlockingQueue<Void>()
                let executor = ThreadExecutor(name: "reader", threads: 2)
                async let seen = withTaskExecutorPreference(executor) {
                    try await rows.read { snapshot throws(StoreError) in
                        let first = try snapshot.position(of: Sample.view.name)
                        began.append(())
                        _ = written.take()
                        let row = try snapshot.get([.integer(1)], in: Sample.things)
                        let count = try snapshot.rows(Scan(Sample.things)).count
                        return (first, row?[1], count, try snapshot.position(of: Sample.view.name))
                    }
                }
                await withTaskExecutorPreference(executor) { _ = began.take() }
                try await put(rows, [Sample.thing(1, "after"), Sample.thing(2, "after")], at: 2)
                #expect(try await applied(rows) == Position(2))
                written.append(())
                let (first, label, count, last) = try await seen
                #expect(first == Position(1) && last == Position(1))
                #expect(label == .text("before") && count == 1)
                executor.stop()
            }
        },
        RowsCheck("readers never see half a transaction") { fixture in
            try await with(fixture) { rows in
                try await put(rows, (0..<8).map { Sample.thing($0, rank: 100) }, at: 0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            for _ in 0..<50 {
                                let sum = try await rows.read { snapshot throws(StoreError) in
                                    try snapshot.rows(Scan(Sample.things)).reduce(0) { $0 + ($1[5].integer ?? 0) }
                                }
                                #expect(sum == 800)
                            }
                        }
                    }
                    group.addTask {
                        var random = SeededRandom(seed: 1)
                        for step in 1...50 {
                            let (from, to) = (Int64(random.below(8)), Int64(random.below(8)))
                            try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                                for (id, change) in [(from, -7), (to, 7)] as [(Int64, Int64)] {
                                    let row = try transaction.get([.integer(id)], in: Sample.things)
                                    let rank = (row?[5].integer ?? 0) + change
                                    try transaction.put(Sample.thing(id, rank: rank), in: Sample.things)
                                }
                                try transaction.advance(to: Position(Int64(step)))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await applied(rows) == Position(50))
            }
        },
        RowsCheck("the digest is of the rows, not of how they came") { fixture in
            var digests: Set<ContentHash> = []
            for seed in 1...3 as ClosedRange<UInt64> {
                try await with(fixture) { rows in
                    try await rows.discard(Sample.view.name, .live)
                    var random = SeededRandom(seed: seed)
                    for thing in digested.shuffled(using: &random) {
                        try await put(rows, [Sample.thing(99, "passing")])
                        try await put(rows, [thing])
                    }
                    try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                        try transaction.put(Sample.link("é", [0], -1), in: Sample.links)
                        try transaction.delete([.integer(99)], from: Sample.things)
                        try transaction.advance(to: Position(41))
                    }
                    let digest = try await digest(rows)
                    #expect(digest.position == Position(41) && digest.rowCount == digested.count + 1)
                    digests.insert(digest.hash)
                }
            }
            #expect(digests.count == 1)
            #expect(digests.first.map { Hex.text($0.bytes) } == digestOfDigested)
        },
        RowsCheck("the digest tells rows apart") { fixture in
            try await with(fixture) { rows in
                var hashes: Set<ContentHash> = []
                let variants: [[Row]] = [
                    [], [Sample.thing(1)], [Sample.thing(2)], [Sample.thing(1, "a")], [Sample.thing(1, load: [97])],
                    [Sample.thing(1, load: [])], [Sample.thing(1, weight: 1)], [Sample.thing(1, rank: 1)],
                    [Sample.thing(1, owner: "")], [Sample.thing(1), Sample.thing(2)], [Sample.thing(1, weight: 1.5)],
                ]
                for variant in variants {
                    try await rows.discard(Sample.view.name, .live)
                    try await put(rows, variant)
                    hashes.insert(try await digest(rows).hash)
                }
                #expect(hashes.count == variants.count)
            }
        },
    ]

    private static let digested =
        (0..<40).map { Sample.thing($0 * 3 - 20, "label \($0 % 7)", weight: Double($0) / 8, rank: $0 % 5) }
        + [Sample.thing(1000, "loaded", load: Array(0...255)), Sample.thing(1001, weight: 1e300, owner: "é")]

    /// Made by a few lines of Python from the definition: see `Rows.digest`.
    private static let digestOfDigested = "33d2da72ca7b2d39ae0e4561cc5b5254413828d34c7ede01b9e3e2b0dd2299b3"
}
