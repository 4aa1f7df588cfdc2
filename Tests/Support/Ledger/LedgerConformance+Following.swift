import Basics
import Model
import Ports
import Testing

extension LedgerConformance {
    static let following = [
        LedgerCheck("waiting for growth ends when there is some") { fixture in
            try await with(fixture) { ledger, _ in
                try await ledger.grown(beyond: -1)
                async let first: Void = ledger.grown(beyond: 0)
                async let third: Void = ledger.grown(beyond: 2)
                try await append(ledger, [try Sample.event()])
                try await first
                try await append(ledger, try [Sample.event(), Sample.event()])
                try await third
                try await ledger.grown(beyond: 2)
            }
        },
        LedgerCheck("waiting for growth ends when it is cancelled") { fixture in
            try await with(fixture) { ledger, _ in
                let waiting = Task { try await ledger.grown(beyond: 5) }
                waiting.cancel()
                await fails(.cancelled) { try await waiting.value }
                // Others go on waiting.
                async let other: Void = ledger.grown(beyond: 0)
                try await append(ledger, [try Sample.event()])
                try await other
            }
        },
        LedgerCheck("a follower sees what was there and what comes, after its position") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, try (0..<10).map { try Sample.event(say: "\($0)") })
                var query = LedgerQuery()
                query.after = 4
                query.limit = 3
                // What only makes sense for a page is ignored.
                query.order = .descending
                query.before = 2
                query.to = 0
                async let seen = follow(ledger, query, until: 15)
                try await append(ledger, try (10..<16).map { try Sample.event(say: "\($0)") })
                #expect(try await seen.map(\.position.index) == Array(5...15))
            }
        },
        LedgerCheck("a follower ends when it is cancelled") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, [try Sample.event()])
                let seen = Lock(0)
                let following = Task {
                    _ = try await follow(ledger, LedgerQuery(), until: .max) { seen.withLock { $0 += 1 } }
                }
                while seen.withLock({ $0 }) == 0 { await Task.yield() }
                following.cancel()
                await fails(.cancelled) { try await following.value }
                #expect(seen.withLock { $0 } == 1)
            }
        },
    ]

    static let concurrency = [
        LedgerCheck("eight writers get dense positions, each event once") { fixture in
            try await with(fixture) { ledger, _ in
                let receipts = try await write(ledger, writers: 8, batches: 12, size: 5)
                let positions = receipts.flatMap { $0.positions.map(\.index) }
                #expect(positions.sorted() == Array(0..<480))
                let events = try await all(ledger)
                let said = Set(events.compactMap(\.body))
                #expect(said.count == 480)
                let hashes = events.map(\.hash)
                for receipt in receipts {
                    #expect(receipt.positions.allSatisfy { $0.index < receipt.head.size })
                    #expect(receipt.durable >= receipt.head.size - 1)
                    #expect(receipt.head.root == SampleHashing().root(of: Array(hashes.prefix(Int(receipt.head.size)))))
                    // A batch stands together.
                    let own = receipt.positions.map(\.index)
                    #expect(own == Array(own[0]..<own[0] + Int64(own.count)))
                }
            }
        },
        LedgerCheck("eight senders of the same events store them once") { fixture in
            try await with(fixture) { ledger, _ in
                let batches = try (0..<10).map { batch in
                    try (0..<4).map { try Sample.event(number: Int64(batch * 4 + $0 + 1), say: "\(batch) \($0)") }
                }
                let answers = try await withThrowingTaskGroup(of: [[Int64]].self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var positions: [[Int64]] = []
                            for batch in batches {
                                positions.append(try await append(ledger, batch).positions.map(\.index))
                            }
                            return positions
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(answers).count == 1)
                #expect(ledger.extent.size == 40)
            }
        },
        LedgerCheck("followers under concurrent writes never skip and never repeat") { fixture in
            try await with(fixture) { ledger, _ in
                var query = LedgerQuery()
                query.limit = 7
                let filtered = try { query throws in
                    var query = query
                    query.agents = [try AgentID("writer-3"), try AgentID("writer-5")]
                    return query
                }(query)
                async let everything = follow(ledger, query, until: 479)
                async let again = follow(ledger, LedgerQuery(), until: 479)
                async let some = follow(ledger, filtered, count: 120)
                _ = try await write(ledger, writers: 8, batches: 12, size: 5)
                let events = try await all(ledger)
                #expect(try await everything == events)
                #expect(try await again == events)
                #expect(try await some == events.filter { filtered.matches($0.head) })
            }
        },
        LedgerCheck("readers beside writers see whole batches, in order") { fixture in
            try await with(fixture) { ledger, _ in
                async let writing = write(ledger, writers: 4, batches: 20, size: 5)
                var size = 0
                while size < 400 {
                    let extent = ledger.extent
                    let events = try await all(ledger)
                    #expect(events.map(\.position.index) == Array(0..<Int64(events.count)))
                    #expect(events.count >= extent.size && events.count % 5 == 0)
                    size = events.count
                    await Task.yield()
                }
                #expect(try await writing.count == 80)
            }
        },
    ]

    /// Many writers at once, each with agents and numbers of its own.
    private static func write(
        _ ledger: any Ledger,
        writers: Int,
        batches: Int,
        size: Int
    ) async throws -> [AppendReceipt] {
        try await withThrowingTaskGroup(of: [AppendReceipt].self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var receipts: [AppendReceipt] = []
                    for batch in 0..<batches {
                        let events = try (0..<size).map { index in
                            let number = Int64(batch * size + index + 1)
                            return try Sample.event("writer-\(writer)", number: number, say: "\(writer) \(number)")
                        }
                        receipts.append(try await append(ledger, events))
                    }
                    return receipts
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// What a follower sees, up to a position or a number of events.
    private static func follow(
        _ ledger: some Ledger,
        _ query: LedgerQuery,
        until last: Int64 = .max,
        count: Int = .max,
        onPage: @Sendable () -> Void = {}
    ) async throws -> [StoredEvent] {
        var seen: [StoredEvent] = []
        for try await page in ledger.follow(query) {
            onPage()
            #expect(!page.events.isEmpty)
            seen += page.events
            if seen.count >= count || seen.last.map({ $0.position.index >= last }) ?? false { break }
        }
        return seen
    }
}
