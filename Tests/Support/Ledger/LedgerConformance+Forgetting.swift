import Basics
import Model
import Ports
import Testing

extension LedgerConformance {
    static let forgetting = [
        LedgerCheck("forgetting takes the bodies of one subject, and nothing else") { fixture in
            try await with(fixture) { ledger, _ in
                let sent = try [
                    Sample.event("a", number: 1, say: "own"), Sample.event("b", subject: "a", say: "about"),
                    Sample.event("a", subject: "c", say: "of another"), Sample.event("b", say: "other"),
                    Sample.event("A", say: "case"), Sample.full("a", number: 2),
                ]
                let receipt = try await append(ledger, sent)
                let before = try await all(ledger)
                let forgetting = try await forget(ledger, "a")
                #expect(forgetting == Forgetting(subject: try SubjectID("a"), position: Position(6), events: 2))
                let after = try await all(ledger)
                try #require(after.count == 7)
                for (one, other) in zip(before, after) {
                    let isForgotten = [0, 1].contains(one.position.index)
                    #expect(other.content == (isForgotten ? .forgotten : one.content))
                    #expect(one.head == other.head && one.canonical == other.canonical && one.hash == other.hash)
                }
                let said = after[6]
                #expect(said.head.agent == .prima && said.head.type == .forget && said.head.writer == .token)
                #expect(said.head.subject == forgetting.subject && said.body == .empty)
                #expect(said.hash == SampleHashing().leaf(said.canonical.raw))
                #expect(try await ledger.root(at: 6) == receipt.head.root)
                for position in 0..<7 as Range<Int64> { try await proves(ledger, position, in: 7, after.map(\.hash)) }
            }
        },
        LedgerCheck("nothing new to forget appends nothing") { fixture in
            try await with(fixture) { ledger, _ in
                let nobody = try await forget(ledger, "nobody")
                #expect(nobody == Forgetting(subject: try SubjectID("nobody"), position: nil, events: 0))
                try await append(ledger, try [Sample.event("a"), Sample.event("b", subject: "a"), Sample.event("b")])
                #expect(try await forget(ledger, "a").position == Position(3))
                for _ in 0..<3 {
                    let again = try await forget(ledger, "a")
                    #expect(again == Forgetting(subject: try SubjectID("a"), position: Position(3), events: 0))
                }
                #expect(try await forget(ledger, "nobody").position == nil)
                // The forget events of others are no bodies of theirs.
                #expect(try await forget(ledger, "prima").position == nil)
                #expect(ledger.extent.size == 4)
            }
        },
        LedgerCheck("later events of a forgotten subject are read, until they are forgotten too") { fixture in
            try await with(fixture) { ledger, _ in
                for round in 0..<4 as Range<Int64> {
                    let sent = try (0..<3).map {
                        try Sample.event("a", number: round * 3 + $0 + 1, say: "\(round) \($0)")
                    }
                    try await append(ledger, sent)
                    let events = try await all(ledger)
                    #expect(events.suffix(3).map(\.body) == sent.map(\.body))
                    #expect(events.dropLast(3).filter { $0.head.agent == sent[0].agent }.allSatisfy { $0.body == nil })
                    let forgetting = try await forget(ledger, "a")
                    #expect(forgetting.position?.index == round * 4 + 3 && forgetting.events == 3)
                }
                var query = LedgerQuery()
                query.types = [.forget]
                query.subjects = [try SubjectID("a")]
                #expect(try await all(ledger, query).map(\.position.index) == [3, 7, 11, 15])
            }
        },
        LedgerCheck("a resend of a forgotten event is compared by its head and stores nothing") { fixture in
            try await with(fixture) { ledger, _ in
                let sent = try Sample.full()
                let keyed = try Sample.event("b", key: "k", subject: "somebody")
                try await append(ledger, [sent, keyed])
                #expect(try await forget(ledger, "somebody").events == 2)
                try await recognises(ledger, [sent, keyed], at: [0, 1])
                var other = sent
                other.body = .empty
                other.salt = nil
                try await recognises(ledger, [other], at: [0])
                #expect(try await event(ledger, at: 0).content == .forgotten)
                #expect(try await event(ledger, at: 1).content == .forgotten)
                for (field, other) in try Sample.variations(of: sent)
                where !["data", "no data", "salt"].contains(field) {
                    let reason = AppendRefusal.Reason.numberReused(at: Position(0))
                    try await refuses(ledger, [other], [refusal(0, reason)], "\(field)")
                }
                // What was only recognised is nothing new to forget.
                #expect(try await forget(ledger, "somebody").position == Position(2))
                #expect(ledger.extent.size == 3)
            }
        },
        LedgerCheck("a forgotten agent keeps its numbers and its key") { fixture in
            try await with(fixture) { ledger, _ in
                let binding = try Sample.signed(Sample.event("a", number: 1), by: Sample.key(1))
                try await append(ledger, [binding])
                try await forget(ledger, "a")
                try await recognises(ledger, [binding], at: [0])
                let unsigned = try Sample.event("a", number: 2)
                try await refuses(ledger, [unsigned], [refusal(0, .agentHasKey(since: Position(0)))])
                try await takes(ledger, [try Sample.signed(unsigned, by: Sample.key(1))])
            }
        },
        LedgerCheck("forgets and appends at once leave no body below a forget") { fixture in
            try await with(fixture) { ledger, _ in
                async let writing: Void = {
                    for number in 1...60 as ClosedRange<Int64> {
                        try await append(ledger, [try Sample.event("a", number: number, say: "\(number)")])
                    }
                }()
                var forgotten: Int64 = 0
                repeat {
                    forgotten += try await forget(ledger, "a").events
                    // An engine that never waits would leave no turn to the writer.
                    await Task.yield()
                } while forgotten == 0 || ledger.extent.size < 50
                try await writing
                let events = try await all(ledger)
                let last = try #require(events.last { $0.head.type == .forget })
                for event in events where event.head.type != .forget {
                    #expect((event.content == .forgotten) == (event.position < last.position))
                }
                #expect(events.count { $0.content == .forgotten } == Int(forgotten))
            }
        },
    ]

    static let retention = [
        LedgerCheck("retention keeps numbers, keys, bindings, forgets and proofs") { fixture in
            try await with(fixture) { ledger, clock in
                let sent = try [
                    Sample.full("a"), Sample.event("k", key: "k"), Sample.event("f", number: 1),
                    Sample.signed(Sample.event("s", number: 1), by: Sample.key(1)), Sample.event("plain"),
                ]
                try await append(ledger, sent)
                let forgotten = try await forget(ledger, "f")
                var random = SeededRandom(seed: 5)
                try await fill(ledger, clock, 400, &random)
                let before = try await all(ledger)
                let hashes = before.map(\.hash)
                let first = try await ledger.retain(from: Position(300)).index
                #expect(first > 6 && first <= 300)
                #expect(ledger.extent.first == first && ledger.extent.size == 406)
                #expect(try await all(ledger) == Array(before[Int(first)...]))
                var query = LedgerQuery()
                query.order = .descending
                #expect(try await all(ledger, query).last?.position.index == first)
                // A resend from below answers uncompared.
                try await recognises(ledger, sent.dropLast(), at: [0, 1, 2, 3])
                var other = sent[0]
                other.body = .empty
                other.room = nil
                try await recognises(ledger, [other], at: [0])
                let unsigned = try Sample.event("s", number: 2)
                try await refuses(ledger, [unsigned], [refusal(0, .agentHasKey(since: Position(3)))])
                #expect(
                    try await forget(ledger, "f")
                        == Forgetting(
                            subject: forgotten.subject,
                            position: forgotten.position,
                            events: 0
                        )
                )
                for position in [0, 5, 17, first - 1, first, 405] {
                    try await proves(ledger, position, in: 406, hashes)
                }
                #expect(isValid(try await ledger.consistency(from: 3, to: 406)))
                // Nothing less is kept than before.
                #expect(try await ledger.retain(from: Position(1)).index == first)
                try await takes(ledger, [try Sample.event()])
            }
        },
        LedgerCheck("a follower from before what is kept begins with the first that is") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 6)
                try await fill(ledger, clock, 400, &random)
                let first = try await ledger.retain(from: Position(350)).index
                let page = try await ledger.read(LedgerQuery())
                #expect(page.events.first?.position.index == first && first > 0)
            }
        },
    ]
}
