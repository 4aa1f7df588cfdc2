import Basics
import Model
import OpenSSLDriver
import Ports
import TestSupport

/// Events of every kind that the ledger takes, drawn from a seed.
///
/// Names that differ only in how é is composed, signed agents, numbers out of order, keys, repeats of what was sent
/// before, bodies of up to the most that is allowed.
struct LedgerHistory {
    /// Each of them differs from the others in its bytes.
    static let names = ["a-1", "a-2", "caf\u{E9}", "cafe\u{301}", "日本", "a b", "🜂"]

    var random: SeededRandom
    private var signers: [SigningKey] = []
    private var numbers: [String: Set<Int64>] = [:]
    private var sent: [Submission] = []
    private var keys = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for _ in 0..<2 { signers.append(SigningKey(seed: random.bytes(Ed25519.seedByteCount))) }
    }

    /// A batch for a ledger of `size` events.
    mutating func batch(_ count: Int, size: Int64) throws -> [Submission] {
        try (0..<count).map { _ in
            if !sent.isEmpty, random.chance(80) { return sent[random.below(sent.count)] }
            let submission = try random.chance(150) ? signed(size: size) : unsigned(size: size)
            if submission.event.number != nil || submission.event.key != nil { sent.append(submission) }
            return submission
        }
    }

    /// An event with as large a body as there may be.
    mutating func largest() throws -> Submission {
        let text = String(repeating: "x", count: Limits.dataBytes - 6)
        let body = try Body(Fields([("x", .text(text))]))
        precondition(body.encoded.count == Limits.dataBytes, "the largest body is as large as it may be")
        return Submission(Event(agent: try AgentID("a-1"), type: try EventType("LARGE"), body: body), by: .device)
    }

    mutating func subject() throws -> SubjectID {
        try SubjectID(random.chance(300) ? Self.names[random.below(Self.names.count)] : "p-\(random.below(5))")
    }

    private mutating func unsigned(size: Int64) throws -> Submission {
        let agent = Self.names[random.below(Self.names.count)]
        var event = try event(by: agent, size: size)
        if random.chance(250) {
            keys += 1
            event.key = try IdempotencyKey("key é \(keys)")
        }
        if random.chance(200) { event.salt = Salt(random.bytes(Limits.saltBytes)) }
        return Submission(event, by: [Writer.open, .token, .device][random.below(3)])
    }

    private mutating func signed(size: Int64) throws -> Submission {
        let index = random.below(signers.count)
        var event = try event(by: "s-\(index)", size: size)
        let salt = random.bytes(Limits.saltBytes)
        event.salt = Salt(salt)
        event.publicKey = PublicKey(signers[index].publicKey)
        let commit = SHA256.hash(salt + event.body.encoded)
        event.signature = Signature(signers[index].sign(CanonicalEvent.signed(event, commit: commit)))
        return Submission(event, by: .open)
    }

    private mutating func event(by agent: String, size: Int64) throws -> Event {
        let type = ["TOUCH", "BREATH", "note.v2:x", "A"][random.below(4)]
        var event = Event(agent: try AgentID(agent), type: try EventType(type), body: try body())
        if random.chance(600) {
            let number = Int64(1 + random.below(random.chance(50) ? 1 << 52 : 10_000))
            if numbers[agent, default: []].insert(number).inserted { event.number = EventNumber(number) }
        }
        if random.chance(300) { event.subject = try subject() }
        if random.chance(400) { event.room = try RoomID("room \(random.below(4)) é") }
        if random.chance(200) { event.at = Int64(random.below(1 << 53)) - 1 << 52 }
        if random.chance(200) {
            let seen = random.below(Self.names.count)
            event.clock = try VectorClock(
                Self.names.prefix(seen).map { (try AgentID($0), Int64(1 + random.below(1 << 40))) }
            )
        }
        if random.chance(200) {
            event.causes = (0..<random.below(4)).map { _ in Position(Int64(random.below(Int(max(size, 1))))) }
            if size == 0 { event.causes = [] }
        }
        return event
    }

    private mutating func body() throws -> Body {
        switch random.below(20) {
        case 0: return .empty
        case 1: return try Body(Fields([("text", .text(String(repeating: "é", count: 1 + random.below(4000))))]))
        default:
            var fields: [(String, Value)] = []
            for index in 0..<random.below(5) { fields.append(("k\(index) é", value(depth: 0))) }
            return try Body(Fields(fields))
        }
    }

    private mutating func value(depth: Int) -> Value {
        switch random.below(depth < 3 ? 9 : 7) {
        case 0: .null
        case 1: .bool(random.chance(500))
        case 2: .integer(Int64(random.below(1 << 54)) - 1 << 53)
        case 3: .integer(Int64(random.below(600)) - 300)
        case 4: Value.number(Double(random.below(4000)) / 16) ?? .null
        case 5: Value.number(Double(bitPattern: random.next())) ?? .null
        case 6: .text(["", "é", "e\u{301}", "\"\\\u{1}\u{7F}\u{2028}", "plain"][random.below(5)])
        case 7: .array((0..<random.below(4)).map { _ in value(depth: depth + 1) })
        default: .map(Fields(unique: (0..<random.below(4)).map { ("\($0)", value(depth: depth + 1)) }))
        }
    }
}
