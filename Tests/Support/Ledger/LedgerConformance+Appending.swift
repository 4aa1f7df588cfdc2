import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

extension LedgerConformance {
    static let appending = [
        LedgerCheck("an empty ledger") { fixture in
            try await with(fixture) { ledger, _ in
                #expect(ledger.extent.first == 0 && ledger.extent.size == 0 && ledger.extent.durable == -1)
                #expect(try await ledger.root(at: 0) == SHA256.hash([]))
                let page = try await ledger.read(LedgerQuery())
                #expect(page.events.isEmpty && page.next == nil && page.durable == -1 && page.examined == -1)
                let receipt = try await append(ledger, [])
                #expect(receipt.positions.isEmpty && receipt.duplicates.isEmpty && receipt.durable == -1)
                #expect(receipt.head == TreeHead(size: 0, root: SHA256.hash([])))
            }
        },
        LedgerCheck("positions begin at 0 and are dense") { fixture in
            try await with(fixture) { ledger, _ in
                var size: Int64 = 0
                for count in [1, 2, 7, 1, 40, 3] as [Int64] {
                    let batch = try (0..<count).map { try Sample.event(say: "\(size + $0)") }
                    let receipt = try await append(ledger, batch)
                    #expect(receipt.positions.map(\.index) == Array(size..<size + count))
                    size += count
                    #expect(receipt.head.size == size && receipt.durable == size - 1)
                    #expect(ledger.extent.size == size && ledger.extent.durable == size - 1)
                    #expect(try await ledger.root(at: size) == receipt.head.root)
                }
                let events = try await all(ledger)
                #expect(events.map(\.position.index) == Array(0..<size))
                #expect(events.map(\.body) == (try (0..<size).map { try Sample.event(say: "\($0)").body }))
            }
        },
        LedgerCheck("what was appended is read back as it was sent") { fixture in
            try await with(fixture) { ledger, clock in
                let sent = try [
                    Sample.full(), Sample.event(), Event(agent: AgentID("bare"), type: .touch),
                    Sample.signed(Sample.full("signs"), by: Sample.key(1)),
                ]
                let receipt = try await append(ledger, sent, by: .device)
                let events = try await all(ledger)
                try #require(events.count == sent.count)
                for (event, stored) in zip(sent, events) {
                    guard case .open(let salt, let body) = stored.content else {
                        Issue.record("a body is not open")
                        continue
                    }
                    #expect(event.salt == nil || event.salt == salt)
                    var expected = event
                    expected.salt = salt
                    #expect(stored.head.event(body: body, salt: salt) == expected)
                    #expect(stored.head.writer == (event.signature == nil ? .device : .signed))
                    #expect(stored.head.received.milliseconds == clock.milliseconds())
                    #expect(try stored.head.commit == Sample.commit(of: expected))
                    #expect(try EventHead(canonical: stored.canonical.raw) == stored.head)
                    #expect(stored.canonical == stored.head.canonical)
                    #expect(stored.hash == SampleHashing().leaf(stored.canonical.raw))
                }
                #expect(receipt.head.root == SampleHashing().root(of: events.map(\.hash)))
                // Salts that were not sent are random: each its own.
                let salts = events.compactMap { stored -> Salt? in
                    guard case .open(let salt, _) = stored.content else { return nil }
                    return salt
                }
                #expect(salts[1] != salts[2])
            }
        },
        LedgerCheck("large bodies and large batches") { fixture in
            try await with(fixture) { ledger, _ in
                let large = String(repeating: "x", count: Limits.dataBytes - 10)
                let sent = try (0..<5).map { try Sample.event(number: $0 + 1, say: large) }
                try await takes(ledger, sent)
                let many = try (0..<1200).map { try Sample.event("b", number: $0 + 1, say: "\($0)") }
                try await takes(ledger, many)
                try await recognises(ledger, sent, at: [0, 1, 2, 3, 4])
                let events = try await all(ledger)
                #expect(events.map(\.body) == (sent + many).map(\.body))
            }
        },
        LedgerCheck("received never decreases, whatever the clock does") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 3)
                for step in 0..<40 {
                    clock.advance(by: Int64(random.below(4000)) - 2000)
                    if step == 20 { clock.advance(by: -1_781_954_400_000) }
                    try await append(ledger, try (0...random.below(3)).map { try Sample.event(say: "\(step) \($0)") })
                }
                let times = try await all(ledger).map(\.head.received)
                for (one, next) in zip(times, times.dropFirst()) { #expect(one < next) }
            }
        },
        LedgerCheck("the server's time is its clock's when that goes forward") { fixture in
            try await with(fixture) { ledger, clock in
                for step in 0..<5 as Range<Int64> {
                    clock.advance(by: 1000)
                    try await append(ledger, [try Sample.event()])
                    #expect(try await event(ledger, at: step).head.received.milliseconds == clock.milliseconds())
                }
            }
        },
    ]
}
