import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

extension LedgerConformance {
    static let reading = [
        LedgerCheck("bounds are exclusive, in both orders") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, try (0..<20).map { try Sample.event(say: "\($0)") })
                for (after, before) in [(-1, nil), (4, nil), (-1, 7), (4, 7), (6, 7), (9, 3), (19, nil), (99, nil)]
                    as [(Int64, Int64?)]
                {
                    var query = LedgerQuery()
                    query.after = after
                    query.before = before
                    let expected = (0..<20).filter { $0 > after && $0 < before ?? 99 }
                    #expect(try await all(ledger, query).map(\.position.index) == expected)
                    query.order = .descending
                    #expect(try await all(ledger, query).map(\.position.index) == expected.reversed())
                }
            }
        },
        LedgerCheck("filters agree with looking at every event") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 11)
                try await fill(ledger, clock, 600, &random)
                let everything = try await all(ledger)
                for _ in 0..<250 {
                    let query = try randomQuery(over: everything, &random)
                    try await agrees(ledger, query, everything)
                }
            }
        },
        LedgerCheck("what was examined is never looked at again") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 12)
                try await fill(ledger, clock, 200, &random)
                var query = LedgerQuery()
                query.agents = [try AgentID("rare")]
                let page = try await ledger.read(query)
                #expect(page.events.isEmpty && page.next == nil && page.examined == 199 && page.durable == 199)
                query.order = .descending
                let down = try await ledger.read(query)
                #expect(down.events.isEmpty && down.next == nil && down.examined <= 0)
            }
        },
        LedgerCheck("a page ends at its limit or its bytes, with one event at least") { fixture in
            try await with(fixture) { ledger, _ in
                let text = String(repeating: "y", count: 1000)
                try await append(ledger, try (0..<30).map { try Sample.event(number: $0 + 1, say: text) })
                for (limit, bytes, least, most) in [
                    (7, 8 << 20, 7, 7), (1000, 1, 1, 1), (1000, 5000, 2, 6), (3, 5000, 2, 3), (1000, 8 << 20, 30, 30),
                ] {
                    for order in [LedgerQuery.Order.ascending, .descending] {
                        var query = LedgerQuery()
                        query.limit = limit
                        query.byteLimit = bytes
                        query.order = order
                        let page = try await ledger.read(query)
                        #expect((least...most).contains(page.events.count), "limit \(limit), \(bytes) bytes")
                        let found = try await all(ledger, query).map(\.position.index)
                        #expect(found == (order == .ascending ? Array(0..<30) : (0..<30).reversed()))
                    }
                }
            }
        },
    ]

    /// Appends events of a few agents, subjects, types and rooms, over some time.
    static func fill(
        _ ledger: any Ledger,
        _ clock: TestClock,
        _ count: Int,
        _ random: inout SeededRandom
    ) async throws {
        var left = count
        // Numbers that no earlier call has used.
        var number = ledger.extent.size
        while left > 0 {
            var batch: [Event] = []
            for _ in 0..<min(left, 1 + random.below(60)) {
                number += 1
                var event = try Sample.event(
                    "agent-\(random.below(6))",
                    number: random.chance(500) ? number : nil,
                    subject: random.chance(400) ? "agent-\(random.below(8))" : nil,
                    room: random.chance(600) ? "\(random.below(4))" : nil,
                    say: "\(number)"
                )
                event.type = EventType.field[random.below(EventType.field.count)]
                batch.append(event)
            }
            try await append(ledger, batch)
            left -= batch.count
            clock.advance(by: Int64(random.below(3)) * 10)
        }
    }

    private static func randomQuery(
        over events: [StoredEvent],
        _ random: inout SeededRandom
    ) throws -> LedgerQuery {
        func some<Name>(_ names: [Name]) -> [Name] {
            guard random.chance(400) else { return [] }
            return (0...random.below(2)).map { _ in names[random.below(names.count)] }
        }
        var query = LedgerQuery()
        query.agents = some(try (0..<7).map { try AgentID("agent-\($0)") })
        query.subjects = some(try (0..<9).map { try SubjectID("agent-\($0)") })
        query.types = some(EventType.field + [.forget])
        query.rooms = some(try (0..<5).map { try RoomID("\($0)") })
        let first = events[0].head.received.milliseconds
        let last = events[events.count - 1].head.received.milliseconds
        if random.chance(300) { query.from = first + Int64(random.below(Int(last - first) + 2)) }
        if random.chance(300) { query.to = first + Int64(random.below(Int(last - first) + 2)) }
        if random.chance(300) { query.after = Int64(random.below(events.count)) }
        if random.chance(300) { query.before = Int64(random.below(events.count)) }
        if random.chance(500) { query.order = .descending }
        query.limit = [1, 2, 5, 100][random.below(4)] * (random.chance(500) ? 1 : 7)
        if random.chance(200) { query.byteLimit = random.below(3000) }
        return query
    }

    private static func agrees(_ ledger: any Ledger, _ query: LedgerQuery, _ events: [StoredEvent]) async throws {
        let expected = events.filter { event in
            event.position.index > query.after && event.position.index < query.before ?? .max
                && query.matches(event.head)
        }
        let found = try await all(ledger, query)
        #expect(found == (query.order == .ascending ? expected : expected.reversed()), "\(query)")
        let page = try await ledger.read(query)
        #expect(page.events.count <= query.limit)
        #expect(page.durable == events.count - 1)
    }
}
