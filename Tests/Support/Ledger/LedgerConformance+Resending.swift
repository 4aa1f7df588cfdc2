import Basics
import Model
import Ports
import Testing

extension LedgerConformance {
    static let resending = [
        LedgerCheck("a resend by number answers with the first position") { fixture in
            try await with(fixture) { ledger, clock in
                let sent = try (1...5 as ClosedRange<Int64>).map { try Sample.event(number: $0, say: "\($0)") }
                let first = try await append(ledger, sent)
                clock.advance(by: 100_000)
                try await recognises(ledger, sent.reversed(), at: [4, 3, 2, 1, 0])
                let mixed = try await append(ledger, [sent[3], try Sample.event(number: 9), sent[0]])
                #expect(mixed.positions.map(\.index) == [3, 5, 0] && mixed.duplicates == [0, 2])
                #expect(try await ledger.root(at: 5) == first.head.root)
                // How the sender was known is no part of what was sent.
                try await recognises(ledger, sent, at: [0, 1, 2, 3, 4], by: .token)
            }
        },
        LedgerCheck("a resend by key answers with the first position") { fixture in
            try await with(fixture) { ledger, _ in
                let sent = try (1...5).map { try Sample.event(key: "k\($0)", say: "\($0)") }
                try await append(ledger, sent)
                try await recognises(ledger, sent.reversed(), at: [4, 3, 2, 1, 0])
                let both = try Sample.event(number: 1, key: "k6")
                try await takes(ledger, [both])
                try await recognises(ledger, [both, both], at: [5, 5])
            }
        },
        LedgerCheck("events without number and key are always new") { fixture in
            try await with(fixture) { ledger, _ in
                let event = try Sample.event()
                try await takes(ledger, [event, event])
                try await takes(ledger, [event])
            }
        },
        LedgerCheck("numbers and keys belong to their agent, byte for byte") { fixture in
            try await with(fixture) { ledger, _ in
                // The same to Unicode, two agents to us; a key that looks like another agent's.
                let agents = ["é", "e\u{301}", "a", "a\u{FEFF}", "A"]
                try await takes(ledger, try agents.map { try Sample.event($0, number: 1, key: "k", say: $0) })
                let again = try agents.map { try Sample.event($0, number: 1, key: "k", say: $0) }
                try await recognises(ledger, again, at: [0, 1, 2, 3, 4])
                try await takes(ledger, [try Sample.event("a", number: 2, key: "é")])
                try await takes(ledger, [try Sample.event("a", number: 3, key: "e\u{301}")])
                try await recognises(ledger, [try Sample.event("a", number: 3, key: "e\u{301}")], at: [6])
                var query = LedgerQuery()
                query.agents = [try AgentID("é")]
                #expect(try await all(ledger, query).map(\.position.index) == [0])
            }
        },
        LedgerCheck("numbers come in any order, with gaps") { fixture in
            try await with(fixture) { ledger, _ in
                let numbers: [Int64] = [500, 7, (1 << 53) - 1, 1, 499, 2]
                let sent = try numbers.map { try Sample.event(number: $0, say: "\($0)") }
                for event in sent { try await takes(ledger, [event]) }
                try await takes(ledger, [try Sample.event(number: 3)])
                try await recognises(ledger, sent, at: [0, 1, 2, 3, 4, 5])
            }
        },
        LedgerCheck("a repeat inside one request is a duplicate of the first") { fixture in
            try await with(fixture) { ledger, _ in
                let (one, two) = try (Sample.event(number: 1, say: "1"), Sample.event(key: "2", say: "2"))
                let receipt = try await append(ledger, [one, two, one, two, one])
                #expect(receipt.positions.map(\.index) == [0, 1, 0, 1, 0])
                #expect(receipt.duplicates == [2, 3, 4])
                #expect(receipt.head.size == 2)
                var salted = one
                salted.salt = Salt([UInt8](repeating: 3, count: 16))
                salted.number = EventNumber(2)
                var unsalted = salted
                unsalted.salt = nil
                let again = try await append(ledger, [salted, unsalted, salted])
                #expect(again.positions.map(\.index) == [2, 2, 2] && again.duplicates == [1, 2])
            }
        },
        LedgerCheck("other content under a used number is refused") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, [try Sample.event("first")])
                let sent = try Sample.full()
                try await append(ledger, [sent])
                for (field, other) in try Sample.variations(of: sent) {
                    let reason = AppendRefusal.Reason.numberReused(at: Position(1))
                    try await refuses(ledger, [other], [refusal(0, reason)], "\(field)")
                }
                var keyless = sent
                keyless.key = nil
                try await refuses(ledger, [keyless], [refusal(0, .numberReused(at: Position(1)))])
                try await recognises(ledger, [sent], at: [1])
            }
        },
        LedgerCheck("other content under a used key is refused") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, [try Sample.event("first")])
                var sent = try Sample.full()
                sent.number = nil
                try await append(ledger, [sent])
                for (field, other) in try Sample.variations(of: sent) {
                    try await refuses(ledger, [other], [refusal(0, .keyReused(at: Position(1)))], "\(field)")
                }
                var numbered = sent
                numbered.number = EventNumber(1)
                try await refuses(ledger, [numbered], [refusal(0, .keyReused(at: Position(1)))])
                try await recognises(ledger, [sent], at: [1])
            }
        },
        LedgerCheck("a salt is compared only when the resend brings one") { fixture in
            try await with(fixture) { ledger, _ in
                let sent = try [Sample.full("salted"), Sample.event("unsalted", number: 1)]
                try await append(ledger, sent)
                var unsalted = sent[0]
                unsalted.salt = nil
                try await recognises(ledger, [unsalted, sent[1]], at: [0, 1])
                guard case .open(let salt, _) = try await event(ledger, at: 1).content else {
                    Issue.record("the body is not open")
                    return
                }
                var salted = sent[1]
                salted.salt = salt
                try await recognises(ledger, [salted], at: [1])
                salted.salt = Salt([UInt8](repeating: 1, count: 16))
                try await refuses(ledger, [salted], [refusal(0, .numberReused(at: Position(1)))])
            }
        },
        LedgerCheck("number and key that name different events are refused") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(
                    ledger,
                    [
                        try Sample.event(number: 1, key: "one"), try Sample.event(number: 2, key: "two"),
                        try Sample.event(number: 3), try Sample.event(key: "four"),
                    ]
                )
                let (zero, one, two, three) = (Position(0), Position(1), Position(2), Position(3))
                let crossed = try Sample.event(number: 1, key: "two")
                try await refuses(ledger, [crossed], [refusal(0, .numberAndKeyDisagree(number: zero, key: one))])
                let joined = try Sample.event(number: 3, key: "four")
                try await refuses(ledger, [joined], [refusal(0, .numberAndKeyDisagree(number: two, key: three))])
                let newKey = try Sample.event(number: 1, key: "new")
                try await refuses(ledger, [newKey], [refusal(0, .numberReused(at: zero))])
                let newNumber = try Sample.event(number: 9, key: "one")
                try await refuses(ledger, [newNumber], [refusal(0, .keyReused(at: zero))])
                // Inside one request as well.
                let batch = try [
                    Sample.event(number: 10, key: "ten"), Sample.event(number: 11, key: "eleven"),
                    Sample.event(number: 10, key: "eleven"),
                ]
                let expected = AppendRefusal.Reason.numberAndKeyDisagree(number: Position(4), key: Position(5))
                try await refuses(ledger, batch, [refusal(2, expected)])
            }
        },
        LedgerCheck("keys are forgotten beyond the horizon, by time and by count") { fixture in
            var setting = LedgerSetting()
            setting.keyMilliseconds = 60_000
            setting.keyCount = 20
            try await with(fixture, setting) { ledger, clock in
                let sent = try Sample.event(key: "k")
                try await append(ledger, [sent])
                // Old, but few newer keys.
                clock.advance(by: 1_000_000)
                try await recognises(ledger, [sent], at: [0])
                try await append(ledger, try (0..<10).map { try Sample.event(key: "early \($0)") })
                try await recognises(ledger, [sent], at: [0])
                // Many newer keys, but young.
                let young = try Sample.event(key: "young")
                try await takes(ledger, [young])
                try await append(ledger, try (0..<200).map { try Sample.event(key: "late \($0)") })
                clock.advance(by: 30_000)
                try await recognises(ledger, [young], at: [11])
                // Old, and many newer ones.
                try await takes(ledger, [sent])
                try await recognises(ledger, [sent], at: [212])
                clock.advance(by: 1_000_000)
                try await append(ledger, try (0..<200).map { try Sample.event(key: "later \($0)") })
                var other = young
                other.body = .empty
                try await takes(ledger, [other])
                try await recognises(ledger, [other], at: [413])
            }
        },
    ]
}
