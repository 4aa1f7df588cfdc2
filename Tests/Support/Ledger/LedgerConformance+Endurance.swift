import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

extension LedgerConformance {
    static let endurance = [
        LedgerCheck("what was acknowledged is there after reopening, as it was") { fixture in
            guard fixture.endurance == .files else { return }
            let setting = LedgerSetting()
            var random = SeededRandom(seed: 31)
            var kept: [StoredEvent] = []
            var head = TreeHead(size: 0, root: SHA256.hash([]))
            var publicKey: PublicKey?
            for round in 0..<5 {
                try await with(fixture, setting) { ledger, clock in
                    #expect(try await all(ledger) == kept)
                    #expect(try await ledger.root(at: head.size) == head.root)
                    #expect(ledger.extent.size == head.size)
                    let signed = try await ledger.signedHead()
                    #expect(signed.head == head && publicKey ?? signed.publicKey == signed.publicKey)
                    publicKey = signed.publicKey
                    try await fill(ledger, clock, 70 + round, &random)
                    try await forget(ledger, "agent-\(round)")
                    kept = try await all(ledger)
                    let size = ledger.extent.size
                    head = TreeHead(size: size, root: try await ledger.root(at: size))
                    clock.advance(by: -10_000)
                    if head.size > 100 { #expect(isValid(try await ledger.consistency(from: 100, to: head.size))) }
                }
            }
            let times = kept.map(\.head.received)
            for (one, next) in zip(times, times.dropFirst()) { #expect(one < next) }
        },
        LedgerCheck("numbers, keys, bindings and forgets are remembered after reopening") { fixture in
            guard fixture.endurance == .files else { return }
            let setting = LedgerSetting()
            let sent = try [
                Sample.full(), Sample.event("k", key: "k"), Sample.event("f", number: 1, subject: "f"),
                Sample.signed(Sample.event("s", number: 1), by: Sample.key(1)),
                { () throws -> Event in
                    // Names a key, but is not signed by it: it binds nothing.
                    var event = try Sample.event("named", number: 1)
                    event.publicKey = PublicKey(Sample.key(2).publicKey)
                    return event
                }(),
            ]
            try await with(fixture, setting) { ledger, _ in
                try await takes(ledger, sent)
                #expect(try await forget(ledger, "f").position == Position(5))
            }
            for round in 0..<2 as Range<Int64> {
                try await with(fixture, setting) { ledger, _ in
                    try await recognises(ledger, sent, at: [0, 1, 2, 3, 4])
                    var other = sent[0]
                    other.room = nil
                    try await refuses(ledger, [other], [refusal(0, .numberReused(at: Position(0)))])
                    let unsigned = try Sample.event("s", number: 2)
                    try await refuses(ledger, [unsigned], [refusal(0, .agentHasKey(since: Position(3)))])
                    try await takes(ledger, [try Sample.event("named", number: round + 2)])
                    #expect(try await event(ledger, at: 2).content == .forgotten)
                    #expect(try await forget(ledger, "f").events == 0)
                }
            }
        },
        LedgerCheck("events after a forget are read after reopening, those before it never") { fixture in
            guard fixture.endurance == .files else { return }
            let setting = LedgerSetting()
            for round in 0..<3 as Range<Int64> {
                try await with(fixture, setting) { ledger, _ in
                    try await append(ledger, [try Sample.event("a", number: round * 2 + 1, say: "gone")])
                    try await forget(ledger, "a")
                    try await append(ledger, [try Sample.event("a", number: round * 2 + 2, say: "kept")])
                }
                try await with(fixture, setting) { ledger, _ in
                    let events = try await all(ledger)
                    let bodies = events.filter { $0.head.type != .forget }.map(\.body)
                    #expect(bodies.dropLast().allSatisfy { $0 == nil })
                    #expect(bodies.last == .some(try Sample.event(say: "kept").body))
                }
            }
        },
        LedgerCheck("what retention kept is kept after reopening") { fixture in
            guard fixture.endurance == .files else { return }
            let setting = LedgerSetting()
            let sent = try [Sample.full("a"), Sample.signed(Sample.event("s", number: 1), by: Sample.key(1))]
            var first: Int64 = 0
            var kept: [StoredEvent] = []
            var hashes: [ContentHash] = []
            try await with(fixture, setting) { ledger, clock in
                try await append(ledger, sent)
                var random = SeededRandom(seed: 5)
                try await fill(ledger, clock, 400, &random)
                kept = try await all(ledger)
                hashes = kept.map(\.hash)
                first = try await ledger.retain(from: Position(300)).index
                kept = Array(kept[Int(first)...])
            }
            for _ in 0..<2 {
                try await with(fixture, setting) { ledger, _ in
                    #expect(first > 1 && ledger.extent.first == first && ledger.extent.size == 402)
                    #expect(try await all(ledger) == kept)
                    try await recognises(ledger, sent, at: [0, 1])
                    let unsigned = try Sample.event("s", number: 2)
                    try await refuses(ledger, [unsigned], [refusal(0, .agentHasKey(since: Position(1)))])
                    for position in [0, first - 1, first, 401] { try await proves(ledger, position, in: 402, hashes) }
                }
            }
        },
        LedgerCheck("a closed ledger refuses, and says that nothing was done") { fixture in
            guard fixture.endurance == .files else { return }
            let ledger = try await fixture.open(LedgerSetting())
            try await append(ledger, [try Sample.event()])
            let waiting = Task { try await ledger.grown(beyond: 10) }
            try await fixture.close(ledger)
            await fails(.cancelled) { try await waiting.value }
            do throws(AppendError) {
                _ = try await ledger.append([Submission(try sample(), by: .open)])
                Issue.record("a closed ledger took an event")
            } catch {
                guard case .store(let failure, uncertain: false) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(failure.kind == .unavailable)
            }
        },
    ]

    private static func sample() throws(AppendError) -> Event {
        do { return try Sample.event() } catch { throw .refused([]) }
    }
}
