import Basics
import Model
import TestSupport
import Testing

@Suite struct DumpLineTests {
    private let line: Fields

    init() throws {
        var random = SeededRandom(seed: 5)
        let event = Event(agent: .prima, type: .forget, subject: try SubjectID("s"))
        let head = EventHead(
            event,
            commit: random.hash(),
            position: Position(7),
            received: .zero,
            writer: .open
        )
        let salt = try #require(Salt(random.bytes(16)))
        let stored = StoredEvent(
            head: head,
            canonical: head.canonical,
            hash: random.hash(),
            content: .open(salt, .empty)
        )
        var bytes: [UInt8] = []
        stored.writeJSON(into: &bytes)
        guard case .map(let fields) = try parseJSON(bytes) else { throw EventRefusal(.invalid, detail: "") }
        line = fields
    }

    @Test func primaSpeaksInDumps() throws {
        let bytes = written(.map(line))
        guard case .event(let event) = try DumpLine(json: bytes.raw) else { return }
        #expect(event.head.agent == .prima)
    }

    @Test(
        arguments: [
            ("hash", nil), ("commit", nil), ("position", nil), ("received", nil), ("writer", nil), ("salt", nil),
            ("data", nil), ("agent", nil), ("data", .null), ("forgotten", false), ("forgotten", true), ("extra", 1),
            ("position", -1), ("position", "7"), ("received", [1]), ("received", ["1", 2]), ("writer", "who"),
            ("hash", "00"),
            ("publicKey", .text(String(repeating: "00", count: 32))),
            ("signature", .text(String(repeating: "00", count: 64))),
            ("leaf", .text(String(repeating: "00", count: 32))),
        ] as [(String, Value?)]
    )
    func isStrict(_ key: String, _ value: Value?) {
        var changed = line
        changed[key] = value
        let bytes = written(.map(changed))
        let refusal = #expect(throws: EventRefusal.self) { try DumpLine(json: bytes.raw) }
        #expect(refusal?.kind == .invalid)
        #expect(refusal?.problems.isEmpty == false)
    }

    @Test func leavesComeBack() throws {
        var random = SeededRandom(seed: 6)
        for leaf in [
            DumpedLeaf(position: Position(0), leaf: random.hash()),
            DumpedLeaf(
                position: Position(9),
                leaf: random.hash(),
                agent: try AgentID("a\"\u{E9}"),
                number: EventNumber(3),
                key: try IdempotencyKey("order-7"),
                publicKey: PublicKey(random.bytes(32)),
                subject: try SubjectID("s")
            ),
        ] {
            var bytes: [UInt8] = []
            leaf.writeJSON(into: &bytes)
            #expect(try DumpLine(json: bytes.raw) == .leaf(leaf))
        }
        let bad = Array(#"{"leaf":"00"}"#.utf8)
        #expect(throws: EventRefusal.self) { try DumpLine(json: bad.raw) }
        let none = Array("{".utf8)
        let refusal = #expect(throws: EventRefusal.self) { try DumpLine(json: none.raw) }
        #expect(refusal?.kind == .unreadable)
    }
}
