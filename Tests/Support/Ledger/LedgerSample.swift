import Basics
import Integrity
import Model
import OpenSSLDriver
import Ports
import Testing

/// Events to test ledgers with.
enum LedgerSample {
    /// A short event; its body tells it from others.
    static func event(
        _ agent: String = "a-1",
        number: Int64? = nil,
        key: String? = nil,
        subject: String? = nil,
        room: String? = nil,
        type: String = "TOUCH",
        say text: String = "hello",
        causes: [Int64]? = nil
    ) throws -> Event {
        Event(
            agent: try AgentID(agent),
            type: try EventType(type),
            body: try Body(Fields(unique: [("say", .text(text))])),
            subject: try subject.map { try SubjectID($0) },
            number: try number.map { try #require(EventNumber($0)) },
            key: try key.map { try IdempotencyKey($0) },
            room: try room.map { try RoomID($0) },
            causes: causes?.map { Position($0) }
        )
    }

    /// An event that has every field but a signature.
    static func full(_ agent: String = "a-full", number: Int64 = 7, key: String = "order-7") throws -> Event {
        Event(
            agent: try AgentID(agent),
            type: .bloom,
            body: try Body(Fields(unique: [("x", 3), ("deep", [["y": 0.5]]), ("none", .null), ("é", "e\u{301}")])),
            subject: try SubjectID("somebody"),
            number: EventNumber(number),
            key: try IdempotencyKey(key),
            at: -5,
            room: try RoomID("64"),
            clock: try VectorClock([(AgentID(agent), 7), (AgentID("other"), 1)]),
            causes: [],
            salt: Salt([UInt8](repeating: 9, count: 16))
        )
    }

    /// Each field of an event changed, dropped or added, one at a time.
    static func variations(of event: Event) throws -> [(field: String, event: Event)] {
        var list: [(String, Event)] = []
        func vary(_ field: String, _ change: (inout Event) throws -> Void) rethrows {
            var copy = event
            try change(&copy)
            list.append((field, copy))
        }
        vary("type") { $0.type = .breath }
        try vary("data") { $0.body = try Body(Fields(unique: [("x", 4)])) }
        vary("no data") { $0.body = .empty }
        try vary("subject") { $0.subject = try SubjectID("somebody else") }
        vary("no subject") { $0.subject = nil }
        vary("at") { $0.at = 12 }
        vary("no at") { $0.at = nil }
        try vary("room") { $0.room = try RoomID("65") }
        vary("no room") { $0.room = nil }
        try vary("clock") { $0.clock = try VectorClock([(event.agent, 8)]) }
        vary("no clock") { $0.clock = nil }
        vary("empty clock") { $0.clock = VectorClock() }
        vary("causes") { $0.causes = [Position(0)] }
        vary("no causes") { $0.causes = nil }
        vary("publicKey") { $0.publicKey = PublicKey([UInt8](repeating: 1, count: 32)) }
        vary("salt") { $0.salt = Salt([UInt8](repeating: 8, count: 16)) }
        return list.map { (field: $0.0, event: $0.1) }
    }

    /// Signs an event, giving it the salt that a signature needs.
    static func signed(_ event: Event, by key: SigningKey) throws -> Event {
        var event = event
        if event.salt == nil { event.salt = Salt([UInt8](repeating: 5, count: 16)) }
        event.publicKey = PublicKey(key.publicKey)
        event.signature = nil
        event.signature = Signature(key.sign(CanonicalEvent.signed(event, commit: try commit(of: event))))
        return event
    }

    /// SHA-256(salt ‖ CBOR(data)) of an event that brings its salt.
    static func commit(of event: Event) throws -> ContentHash {
        let salt = try #require(event.salt)
        return SHA256.hash(salt.bytes + event.body.encoded)
    }

    static func key(_ seed: UInt8) -> SigningKey { SigningKey(seed: [UInt8](repeating: seed, count: 32)) }
}

/// RFC 6962 with SHA-256, for checking what engines prove.
struct SampleHashing: TreeHashing {
    private let hasher = SHA256Hasher()

    func leaf(_ canonical: RawSpan) -> ContentHash { hasher.hash(0, canonical) }
    func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash { hasher.hash(1, left, right) }
    var emptyRoot: ContentHash { hasher.hash([UInt8]().raw) }

    /// The root of a whole tree, from its leaves alone.
    func root(of leaves: [ContentHash]) -> ContentHash {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf, with: self) }
        return frontier.root(with: self)
    }
}
