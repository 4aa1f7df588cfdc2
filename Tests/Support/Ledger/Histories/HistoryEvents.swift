import Basics
import Model
import OpenSSLDriver

/// Makes the events of one history: each its own, so that what is found after a crash can be told apart.
struct HistoryEvents {
    /// Whether an event can be told from all others by its number or key.
    struct Identity: Hashable {
        let agent: AgentID
        let number: EventNumber?
        let key: IdempotencyKey?

        init?(_ event: Event) {
            guard event.number != nil || event.key != nil else { return nil }
            agent = event.agent
            number = event.number
            key = event.key
        }
    }

    static let subjects = (0..<6).map { SubjectID(unchecked: "s-\($0)") }
    private var made: Int64 = 0

    /// A new event, below `size` so far.
    mutating func next(_ random: inout SeededRandom, size: Int64) -> Event {
        made += 1
        var event = Event(
            agent: AgentID(unchecked: "a-\(random.below(4))"),
            type: EventType.field[random.below(EventType.field.count)],
            body: body(&random)
        )
        switch random.below(10) {
        case 0..<5: event.number = EventNumber(made)
        case 5..<7: event.key = IdempotencyKey(unchecked: "k-\(made)")
        case 7: (event.number, event.key) = (EventNumber(made), IdempotencyKey(unchecked: "k-\(made)"))
        case 8: event.number = EventNumber(1_000_000 - made)
        default: break
        }
        if random.chance(400) { event.subject = Self.subjects[random.below(Self.subjects.count)] }
        if random.chance(200) { event.room = RoomID(unchecked: "\(random.below(3))") }
        if random.chance(100), size > 0 { event.causes = [Position(Int64(random.below(Int(size))))] }
        if random.chance(100) { event.salt = Salt(random.bytes(16)) }
        if random.chance(20) { sign(&event) }
        return event
    }

    /// Mostly small, sometimes over several sectors, now and then over many.
    private func body(_ random: inout SeededRandom) -> Body {
        let count = random.chance(700) ? random.below(60) : random.below(random.chance(900) ? 1500 : 6000)
        // What deflates to nothing looks like a file that was never written.
        let text = String(repeating: random.chance(200) ? "\0" : "x", count: count)
        let fields = Fields(unique: [("n", .text("event \(made)")), ("t", .text(text))])
        return (try? Body(fields)) ?? .empty
    }

    /// By an agent of its own, whose key is bound by its first event.
    private func sign(_ event: inout Event) {
        let key = LedgerSample.key(7)
        event.agent = AgentID(unchecked: "signs")
        event.salt = event.salt ?? Salt([UInt8](repeating: 1, count: 16))
        event.publicKey = PublicKey(key.publicKey)
        let salt = event.salt?.bytes ?? []
        let commit = SHA256.hash(salt + event.body.encoded)
        event.signature = Signature(key.sign(CanonicalEvent.signed(event, commit: commit)))
    }
}
