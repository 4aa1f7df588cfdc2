import Basics
import Model
import OpenSSLDriver
import Ports
import Stores
import Sync
import TestSupport
import Testing

@Suite struct FieldSyncTests {
    static let now: Int64 = 1_781_954_400_000
    let ledger: MemoryLedger
    let sync: FieldSync

    init() throws {
        try Crypto.prepare()
        ledger = MemoryLedger(clock: TestClock(Self.now), randomness: SystemRandomness())
        sync = FieldSync(ledger)
    }

    /// A check like the field's: an intensity has to be from 0 to 1, and a phrase to be there.
    static let check: FieldDataCheck = { type, data, _ in
        var problems: [FieldProblem] = []
        switch data.fields["intensity"] {
        case .integer(let number)? where !(0...1).contains(number):
            problems.append(FieldProblem(path: "/intensity", code: .outOfRange, message: "it is from 0 to 1"))
        case .text?: problems.append(FieldProblem(path: "/intensity", code: .wrongType, message: "it is a number"))
        default: break
        }
        if type == .sacredPhrase, data.fields["phrase"] == nil {
            problems.append(FieldProblem(path: "/phrase", code: .required, message: "it is required"))
        }
        return problems
    }

    static func said(_ type: String, at: Int64 = now, _ data: [(String, Value)] = []) -> Value {
        ["type": .text(type), "timestamp": .integer(at), "data": .map(Fields(unique: data))]
    }

    func batch(_ events: [Value], of device: String = "device-0001", clock: VectorClock = VectorClock()) throws -> Batch
    {
        let device = try AgentID(device)
        let read = events.map { SyncedEvent.read($0, of: device, check: Self.check) }
        return try #require(Batch(of: device, by: .device, read, clock: clock))
    }

    func store(_ events: [Value], of device: String = "device-0001", now: Int64 = now) async throws -> FieldSync.Outcome
    {
        try await sync.store(try batch(events, of: device), now: now)
    }

    private func positions(_ outcome: FieldSync.Outcome) -> [Int64?] {
        outcome.results.map { if case .stored(let position, _) = $0 { position.index } else { nil } }
    }

    private func duplicates(_ outcome: FieldSync.Outcome) -> [Bool] {
        outcome.results.map { if case .stored(_, isDuplicate: true) = $0 { true } else { false } }
    }

    @Test func aResendAnswersTheOriginalIDs() async throws {
        let events = [
            Self.said("TOUCH", [("intensity", .double(0.5)), ("x", .integer(3))]), Self.said("BREATH"),
            Self.said("TOUCH", [("intensity", .double(0.5)), ("x", .integer(3))]),
        ]
        let first = try await store(events)
        #expect(positions(first) == [0, 1, 2] && duplicates(first) == [false, false, false])
        #expect(first.position == Position(2) && first.storedCount == 3)
        for _ in 0..<3 {
            let again = try await sync.store(
                try batch(events, clock: VectorClock([(AgentID("device-0002"), 9)])),
                now: Self.now + 20_000
            )
            #expect(positions(again) == [0, 1, 2] && duplicates(again) == [true, true, true])
        }
        // Whoever else says the same says something of its own.
        #expect(positions(try await store(events, of: "device-0002")) == [3, 4, 5])
        // One more of the same is one more.
        #expect(positions(try await store(events + [events[0]])) == [0, 1, 2, 6])
        #expect(ledger.extent.size == 7)
    }

    @Test func eventsAreWrittenAsTheContractSays() async throws {
        let clock = try VectorClock([(AgentID("device-0002"), 4)])
        var own = Self.said("BREATH", [("kept", "as sent")])
        if case .map(var fields) = own {
            fields["clock"] = ["device-0003": .integer(2)]
            own = .map(fields)
        }
        let outcome = try await sync.store(
            try batch([Self.said("BLOOM", at: Self.now - 5), own], clock: clock),
            now: Self.now
        )
        #expect(outcome.storedCount == 2)
        let events = try await ledger.read(LedgerQuery()).events
        #expect(events[0].head.agent.text == "device-0001" && events[0].head.subject?.text == "device-0001")
        #expect(events[0].head.type == .bloom && events[0].head.at == Self.now - 5 && events[0].head.writer == .device)
        #expect(events[0].head.clock == clock)
        #expect(events[1].head.clock == (try VectorClock([(AgentID("device-0003"), 2)])))
        #expect(events[1].body == (try Body(Fields([("kept", "as sent")]))))
        #expect(events.allSatisfy { $0.head.key?.text.utf8.count == 64 && $0.head.number == nil })
    }

    @Test func oneBadEventDoesNotStopTheRest() async throws {
        let events: [Value] = [
            Self.said("BREATH"),
            ["type": "SACRED_PHRASE", "timestamp": "now", "data": ["intensity": "much"]],
            "no event at all",
            ["type": "DANCE", "data": .integer(4), "clock": ["device-0001": .integer(0)]],
            Self.said("BLOOM"),
            ["type": "TOUCH", "timestamp": .double(1e300), "data": [:]],
        ]
        let outcome = try await store(events)
        #expect(positions(outcome) == [0, nil, nil, nil, 1, nil])
        #expect(outcome.storedCount == 2)
        func paths(_ index: Int) -> [String] {
            guard case .refused(let refusal) = outcome.results[index] else { return [] }
            #expect(refusal.code == .badRequest && !refusal.message.isEmpty && refusal.path == refusal.problems[0].path)
            return refusal.problems.map(\.path)
        }
        #expect(paths(1) == ["/timestamp", "/data/intensity", "/data/phrase"])
        #expect(paths(2) == [""])
        #expect(paths(3) == ["/type", "/timestamp", "/data", "/clock/device-0001"])
        #expect(paths(5) == ["/timestamp"])
        #expect(duplicates(try await store(events)) == [true, false, false, false, true, false])
        #expect(try await store(Array(events[1...3])).position == nil)
        #expect(ledger.extent.size == 2)
    }

    @Test func aBatchHasOneToFiftyEvents() throws {
        let device = try AgentID("device-0001")
        let event = SyncedEvent.read(Self.said("BREATH"), of: device, check: Self.check)
        #expect(Batch(of: device, by: .device, [], clock: VectorClock()) == nil)
        #expect(Batch(of: device, by: .device, [event], clock: VectorClock()) != nil)
        let fifty = [SyncedEvent](repeating: event, count: 50)
        #expect(Batch(of: device, by: .device, fifty, clock: VectorClock()) != nil)
        #expect(Batch(of: device, by: .device, fifty + [event], clock: VectorClock()) == nil)
    }

    @Test func ageIsAskedAfterWhetherItIsThere() async throws {
        let day: Int64 = 24 * 60 * 60 * 1000
        let edge = [Self.said("TOUCH", at: Self.now - day), Self.said("TOUCH", at: Self.now + 60_000)]
        #expect(positions(try await store(edge)) == [0, 1])
        let beyond = [
            Self.said("TOUCH", at: Self.now - day - 1), Self.said("BREATH"), Self.said("TOUCH", at: Self.now + 60_001),
        ]
        let outcome = try await store(beyond)
        #expect(positions(outcome) == [nil, 2, nil])
        guard case .refused(let old) = outcome.results[0], case .refused(let new) = outcome.results[2] else { return }
        #expect(old.path == "/timestamp" && old.message.contains("24 hours"))
        #expect(new.path == "/timestamp" && new.message.contains("60 seconds"))
        // Two days later all of it comes again: what is there is answered with its ids, whatever its age.
        let late = try await store(edge + beyond, now: Self.now + 2 * day)
        #expect(positions(late) == [0, 1, nil, 2, nil])
        #expect(duplicates(late) == [true, true, false, true, false])
        // With an OFFLINE_SYNC nothing is too old.
        let offline = try await store(beyond + [Self.said("OFFLINE_SYNC")])
        #expect(positions(offline) == [3, 2, nil, 4])
        #expect(ledger.extent.size == 5)
    }

    @Test func aDeviceWithAKeySignsWhatItWrites() async throws {
        let key = SigningKey.generate()
        let salt = try #require(Salt([UInt8](repeating: 7, count: 16)))
        var event = Event(
            agent: try AgentID("device-0001"),
            type: .touch,
            publicKey: PublicKey(key.publicKey),
            salt: salt
        )
        let commit = SHA256.hash(salt.bytes + event.body.encoded)
        event.signature = Signature(key.sign(CanonicalEvent.signed(event, commit: commit)))
        _ = try await ledger.append([Submission(event, by: .open)])
        let outcome = try await store([Self.said("BREATH"), Self.said("BREATH", at: 5)])
        for result in outcome.results {
            guard case .refused(let refusal) = result else {
                Issue.record("it was taken")
                continue
            }
            #expect(refusal.code == (refusal.path == "/timestamp" ? .badRequest : .forbidden))
        }
        #expect(ledger.extent.size == 1)
    }

    @Test func whatWasForgottenIsNew() async throws {
        #expect(positions(try await store([Self.said("BREATH")])) == [0])
        _ = try await ledger.forget(SubjectID("device-0001"), by: .token)
        #expect(positions(try await store([Self.said("BREATH")])) == [2])
    }

    /// Clients that lose answers, and send again until they have one, in batches of their own.
    @Test(arguments: Array(1...12) as [UInt64]) func clientsThatResendConverge(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var expected: [String: [Value]] = [:]
        var ids: [String: [Int64]] = [:]
        for round in 0..<40 {
            let device = "device-000\(random.below(3))"
            // Few different events, so that equals are common; a round has a time of its own.
            let events = (0..<1 + random.below(50)).map { _ in
                Self.said(
                    ["TOUCH", "BREATH", "BLOOM"][random.below(3)],
                    at: Self.now + Int64(round),
                    [("intensity", .double(Double(random.below(3)) / 4 + 0.125))]
                )
            }
            var answer: [Int64?] = []
            for attempt in 0..<1 + random.below(6) {
                let outcome = try await store(events, of: device, now: Self.now + Int64(attempt) * 1000)
                if attempt > 0 { #expect(positions(outcome) == answer, "seed \(seed)") }
                answer = positions(outcome)
            }
            expected[device, default: []] += events
            ids[device, default: []] += answer.compactMap(\.self)
        }
        var query = LedgerQuery()
        query.limit = 10_000
        let stored = try await ledger.read(query).events
        #expect(stored.count == expected.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
        for (device, positions) in ids {
            #expect(Set(positions).count == expected[device]?.count, "seed \(seed)")
            #expect(positions.allSatisfy { stored[Int($0)].head.agent.text == device }, "seed \(seed)")
        }
    }

    @Test func aStoreThatIsAwaySaysSo() async throws {
        let failing = FieldSync(AwayLedger())
        await #expect(throws: FieldSync.Unavailable.self) {
            _ = try await failing.store(try batch([Self.said("BREATH")]), now: Self.now)
        }
    }
}

/// A ledger whose disk is gone.
private struct AwayLedger: Ledger {
    private static let error = StoreError(.unavailable, retry: .after(.seconds(1)), in: "test")

    var extent: LedgerExtent { LedgerExtent(first: 0, size: 0, bytes: 0, segments: 0) }
    func append(_ batch: [Submission]) async throws(AppendError) -> AppendReceipt {
        throw .store(Self.error, uncertain: true)
    }
    func read(_ query: LedgerQuery) async throws(StoreError) -> LedgerPage { throw Self.error }
    func grown(beyond size: Int64) async throws(StoreError) { throw Self.error }
    func root(at size: Int64) async throws(StoreError) -> ContentHash { throw Self.error }
    func inclusion(of position: Position, in size: Int64) async throws(StoreError) -> InclusionProof {
        throw Self.error
    }
    func consistency(from: Int64, to: Int64) async throws(StoreError) -> ConsistencyProof { throw Self.error }
    func signedHead() async throws(StoreError) -> SignedTreeHead { throw Self.error }
    func forget(_ subject: SubjectID, by writer: Writer) async throws(AppendError) -> Forgetting {
        throw .store(Self.error, uncertain: false)
    }
    func retain(from position: Position) async throws(StoreError) -> Position { throw Self.error }
}
