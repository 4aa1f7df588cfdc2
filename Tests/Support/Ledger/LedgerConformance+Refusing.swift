import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

extension LedgerConformance {
    static let refusing = [
        LedgerCheck("a batch is appended whole or not at all") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, [try Sample.event(number: 1, say: "first")])
                let good = try [
                    Sample.event(number: 2, key: "k2"), Sample.event("b", key: "k"),
                    Sample.signed(Sample.event("c", number: 1), by: Sample.key(3)),
                ]
                let bad = try Sample.event(number: 1, say: "other")
                let reason = AppendRefusal.Reason.numberReused(at: Position(0))
                try await refuses(ledger, good + [bad], [refusal(3, reason)])
                try await refuses(ledger, [bad] + good, [refusal(0, reason)])
                try await refuses(ledger, [good[0], bad, good[1]], [refusal(1, reason)])
                // No number, key or binding of what was refused is remembered.
                try await takes(
                    ledger,
                    try [
                        Sample.event(number: 2, say: "free"), Sample.event("b", key: "k", say: "free"),
                        Sample.event("c", number: 1, say: "free"), Sample.event(key: "k2", say: "free"),
                    ]
                )
            }
        },
        LedgerCheck("causes are below the event's own position") { fixture in
            try await with(fixture) { ledger, _ in
                let ahead = { (cause: Int64) in AppendRefusal.Reason.causeAhead(cause: Position(cause)) }
                try await refuses(ledger, [try Sample.event(causes: [0])], [refusal(0, ahead(0))])
                try await takes(
                    ledger,
                    try [Sample.event(), Sample.event(causes: [0]), Sample.event(causes: [1, 0, 1])]
                )
                try await takes(ledger, try [Sample.event(number: 4, causes: [2, 0])])
                try await recognises(ledger, try [Sample.event(number: 4, causes: [2, 0])], at: [3])
                let batch = try [
                    Sample.event(causes: [4]), Sample.event(causes: [4]), Sample.event(causes: [6]),
                    Sample.event(causes: [0, 99]),
                ]
                try await refuses(ledger, batch, [refusal(0, ahead(4)), refusal(2, ahead(6)), refusal(3, ahead(99))])
                let many = try Sample.event(causes: [7, 1, 4, 0])
                try await refuses(ledger, [many], [refusal(0, ahead(7)), refusal(0, ahead(4))])
                // What can stand nowhere is wrong before it is compared with what it repeats.
                try await refuses(ledger, try [Sample.event(number: 4, causes: [4])], [refusal(0, ahead(4))])
            }
        },
        LedgerCheck("a refused batch names every event of the first class that fails") { fixture in
            try await with(fixture) { ledger, _ in
                let bound = try Sample.signed(Sample.event("bound", number: 1), by: Sample.key(1))
                try await append(ledger, try [bound, Sample.event(number: 1), Sample.event(key: "k")])
                var badSignature = try Sample.signed(Sample.event("s"), by: Sample.key(1))
                badSignature.type = .bloom
                let ahead = try Sample.event(causes: [50])
                let reused = try Sample.event(number: 1, say: "other")
                let keyReused = try Sample.event(key: "k", say: "other")
                let unsigned = try Sample.event("bound", number: 2)
                let unsignedToo = try Sample.event("bound", number: 3)
                let good = try Sample.event("good", number: 1)
                let invalid = { (index: Int) in refusal(index, .badSignature) }
                let late = { (index: Int) in refusal(index, .causeAhead(cause: Position(50))) }
                let taken = { (index: Int) in refusal(index, .numberReused(at: Position(1))) }
                let keyTaken = { (index: Int) in refusal(index, .keyReused(at: Position(2))) }
                let forbidden = { (index: Int) in refusal(index, .agentHasKey(since: Position(0))) }
                try await refuses(
                    ledger,
                    [unsigned, reused, ahead, badSignature, good, badSignature],
                    [late(2), invalid(3), invalid(5)]
                )
                try await refuses(ledger, [unsigned, reused, good, keyReused], [taken(1), keyTaken(3)])
                try await refuses(ledger, [unsigned, good, unsignedToo], [forbidden(0), forbidden(2)])
                try await takes(ledger, [good])
            }
        },
    ]

    static let signing = [
        LedgerCheck("a bad signature is refused, of a resend too") { fixture in
            try await with(fixture) { ledger, _ in
                let good = try Sample.signed(Sample.full(), by: Sample.key(1))
                try await takes(ledger, [good])
                #expect(try await event(ledger, at: 0).head.writer == .signed)
                for (field, other) in try Sample.variations(of: good) {
                    try await refuses(ledger, [other], [refusal(0, .badSignature)], "\(field)")
                }
                var bad = good
                bad.publicKey = PublicKey(Sample.key(2).publicKey)
                try await refuses(ledger, [bad], [refusal(0, .badSignature)])
                bad = good
                bad.signature = Signature([UInt8](repeating: 0, count: 64))
                try await refuses(ledger, [bad], [refusal(0, .badSignature)])
                bad = good
                bad.salt = nil
                try await refuses(ledger, [bad], [refusal(0, .badSignature)])
                // A key that is no point of the curve.
                bad.publicKey = PublicKey([UInt8](repeating: 255, count: 32))
                bad.salt = good.salt
                try await refuses(ledger, [bad], [refusal(0, .badSignature)])
                try await recognises(ledger, [good], at: [0])
            }
        },
        LedgerCheck("a resend is the same with or without its signature") { fixture in
            try await with(fixture) { ledger, _ in
                let signed = try Sample.signed(Sample.full(), by: Sample.key(1))
                try await takes(ledger, [signed])
                var unsigned = signed
                unsigned.signature = nil
                try await recognises(ledger, [unsigned, signed], at: [0, 0])
                unsigned.publicKey = nil
                try await refuses(ledger, [unsigned], [refusal(0, .numberReused(at: Position(0)))])
            }
        },
        LedgerCheck("an agent's first signed event binds its key") { fixture in
            try await with(fixture) { ledger, _ in
                let before = try Sample.event("a", number: 1)
                var named = try Sample.event("a", number: 2)
                named.publicKey = PublicKey(Sample.key(9).publicKey)
                // A key that signs nothing binds nothing.
                try await takes(ledger, [before, named])
                let binding = try Sample.signed(Sample.event("a", number: 3), by: Sample.key(1))
                try await takes(ledger, [binding])
                let forbidden = AppendRefusal.Reason.agentHasKey(since: Position(2))
                let other = try Sample.signed(Sample.event("a", number: 4), by: Sample.key(2))
                try await refuses(ledger, [other], [refusal(0, forbidden)])
                try await refuses(ledger, [try Sample.event("a", number: 4)], [refusal(0, forbidden)])
                var unsigned = try Sample.event("a", number: 4)
                unsigned.publicKey = PublicKey(Sample.key(1).publicKey)
                try await refuses(ledger, [unsigned], [refusal(0, forbidden)])
                // What was there before is still recognised; others are not concerned.
                try await recognises(ledger, [before, named, binding], at: [0, 1, 2])
                try await takes(
                    ledger,
                    try [
                        Sample.signed(Sample.event("a", number: 4), by: Sample.key(1)),
                        Sample.signed(Sample.event("b", number: 1), by: Sample.key(1)), Sample.event("c", number: 1),
                    ]
                )
            }
        },
        LedgerCheck("a key is bound inside a request as well") { fixture in
            try await with(fixture) { ledger, _ in
                let binding = try Sample.signed(Sample.event("a", number: 1), by: Sample.key(1))
                let next = try Sample.signed(Sample.event("a", number: 2), by: Sample.key(1))
                let (unsigned, other) = try (
                    Sample.event("a", number: 3), Sample.signed(Sample.event("a", number: 4), by: Sample.key(2))
                )
                let forbidden = AppendRefusal.Reason.agentHasKey(since: Position(1))
                let batch = [unsigned, binding, next, unsigned, other]
                // The first is allowed: the key was bound after it. The fourth is a repeat of it.
                try await refuses(ledger, batch, [refusal(4, forbidden)])
                // Nothing was bound by what was refused.
                try await takes(ledger, [other])
                try await refuses(ledger, [binding], [refusal(0, .agentHasKey(since: Position(0)))])
            }
        },
    ]
}
