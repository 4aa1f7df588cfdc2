import Basics
import Model
import TestSupport
import Testing

@Suite struct EventPropertyTests {
    /// Everything that says an event agrees on it: canonical bytes in both ways of making them, the head, the quick
    /// look, JSON out and in.
    @Test(arguments: seeds(200)) func everyFormSaysTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let event = random.event()
        let commit = random.hash()
        let salt = try #require(event.salt ?? Salt(random.bytes(16)))
        let position = Position(Int64(random.next() % UInt64(Position.limit)))
        let received = random.hybridTime()
        let writer = Writer.allCases[random.below(4)]
        var canonical: [UInt8] = []
        CanonicalEvent.encode(
            event,
            commit: commit,
            position: position,
            received: received,
            writer: writer,
            into: &canonical
        )
        var prepared: [UInt8] = []
        let preparedEvent = PreparedEvent(event, salt: salt, commit: commit)
        preparedEvent.encode(position: position, received: received, writer: writer, into: &prepared)
        #expect(prepared == canonical)

        let head = try EventHead(canonical: canonical.raw)
        #expect(head == EventHead(event, commit: commit, position: position, received: received, writer: writer))
        #expect(head.canonical == canonical)
        #expect(head.event(body: event.body, salt: event.salt) == event)
        try checkLook(canonical, head)

        // Canonical bytes are canonical, and the signed ones are the same map without four entries.
        guard case .map(var fields) = try parseCBOR(canonical) else { return }
        for key in ["position", "received", "writer", "signature"] { fields[key] = nil }
        #expect(CanonicalEvent.signed(event, commit: commit) == encoded(.map(fields)))

        let stored = StoredEvent(
            head: head,
            canonical: canonical,
            hash: random.hash(),
            content: .open(salt, event.body)
        )
        try checkJSON(stored, event)
    }

    private func checkLook(_ canonical: [UInt8], _ head: EventHead) throws {
        let look = try CanonicalFields(canonical.raw)
        func text(_ range: Range<Int>?) -> String? { range.map { canonical.raw.extracting($0).text } }
        #expect(text(look.agent)?.hasSameBytes(as: head.agent.text) == true)
        #expect(text(look.type) == head.type.text)
        #expect(text(look.owner)?.hasSameBytes(as: head.owner.text) == true)
        #expect((look.subject == nil) == (head.subject == nil))
        #expect(text(look.room).map { RoomID(unchecked: $0) } == head.room)
        #expect(text(look.key).map { IdempotencyKey(unchecked: $0) } == head.key)
        #expect(look.number == head.number?.value)
        #expect(look.position == head.position && look.received == head.received && look.writer == head.writer)
        #expect(Array(canonical[look.commit]) == head.commit.bytes)
        #expect(look.publicKey.map { Array(canonical[$0]) } == head.publicKey?.bytes)
        #expect(look.signature.map { Array(canonical[$0]) } == head.signature?.bytes)
    }

    private func checkJSON(_ stored: StoredEvent, _ event: Event) throws {
        var shown: [UInt8] = []
        stored.writeJSON(into: &shown)
        guard case .event(let dumped) = try DumpLine(json: shown.raw), case .map(var fields) = try parseJSON(shown)
        else {
            Issue.record("an event is shown as an object")
            return
        }
        #expect(dumped.head == stored.head && dumped.hash == stored.hash && dumped.content == stored.content)
        for key in ["position", "received", "writer", "hash", "commit"] { fields[key] = nil }
        if event.salt == nil { fields["salt"] = nil }
        let sent = written(.map(fields))
        #expect(try EventReader.read(sent.raw, as: .json) == [event])
        var lines = sent
        lines.append(UInt8(ascii: "\n"))
        #expect(try EventReader.read((lines + lines).raw, as: .jsonLines) == [event, event])
        for key in ["publicKey", "signature", "salt"] {
            guard case .text(let digits)? = fields[key], let bytes = Hex.bytes(digits) else { continue }
            fields[key] = .bytes(bytes)
        }
        #expect(try EventReader.read(encoded([.map(fields)]).raw, as: .cbor) == [event])
    }

    /// Canonical bytes say one thing only: a changed byte is refused, or makes another event's canonical bytes.
    @Test(arguments: seeds(40)) func everyMutationIsRefusedOrCanonical(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var canonical: [UInt8] = []
        CanonicalEvent.encode(
            random.event(),
            commit: random.hash(),
            position: Position(Int64(random.below(1 << 40))),
            received: random.hybridTime(),
            writer: .open,
            into: &canonical
        )
        guard canonical.count < 3000 else { return }
        for place in canonical.indices {
            var mutant = canonical
            mutant[place] ^= UInt8(1 + random.below(255))
            let look = try? CanonicalFields(mutant.raw)
            guard let head = try? EventHead(canonical: mutant.raw) else { continue }
            #expect(head.canonical == mutant)
            #expect(look?.position == head.position, "what the head takes, the look takes")
        }
        #expect(throws: CBORError.self) { try EventHead(canonical: (canonical + [0]).raw) }
        #expect(throws: CBORError.self) { try CanonicalFields((canonical + [0]).raw) }
        for length in canonical.indices {
            let cut = Array(canonical[..<length])
            #expect(throws: CBORError.self) { try EventHead(canonical: cut.raw) }
            #expect(throws: CBORError.self) { try CanonicalFields(cut.raw) }
        }
    }

    /// Garbage is refused without a crash, by every reader.
    @Test(arguments: seeds(200)) func garbageIsRefused(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            let bytes = random.bytes(random.below(80))
            #expect(throws: CBORError.self) { try EventHead(canonical: bytes.raw) }
            #expect(throws: CBORError.self) { try CanonicalFields(bytes.raw) }
            for format in [EventReader.Format.json, .jsonLines, .cbor] {
                #expect(throws: EventRefusal.self) { try EventReader.read(bytes.raw, as: format) }
            }
        }
    }

    @Test func fieldsOutOfPlaceAreRefused() throws {
        let event = Event(agent: try AgentID("a"), type: .touch)
        var random = SeededRandom(seed: 1)
        var canonical: [UInt8] = []
        CanonicalEvent.encode(
            event,
            commit: random.hash(),
            position: Position(0),
            received: .zero,
            writer: .open,
            into: &canonical
        )
        guard case .map(let fields) = try parseCBOR(canonical) else { return }
        let changes: [(String, Value?)] = [
            ("agent", nil), ("type", nil), ("commit", nil), ("position", nil), ("received", nil), ("writer", nil),
            ("data", [:]), ("salt", .bytes([UInt8](repeating: 0, count: 16))), ("extra", 1), ("commit", .bytes([1])),
            ("writer", "nobody"), ("received", [1]), ("received", [1, 2, 3]), ("received", [-1, 0]),
            ("received", [1, 4_294_967_296]), ("position", -1), ("position", .integer(Position.limit)), ("number", 0),
            ("at", 0.5), ("agent", ""), ("agent", "a\n"), ("type", "T U"), ("agent", 1), ("clock", ["a": 0]),
            ("clock", ["": 1]), ("causes", [-1]), ("publicKey", .bytes([1])),
            ("signature", .bytes([UInt8](repeating: 0, count: 64))),
            ("causes", .array((0..<65).map { .integer($0) })),
        ]
        for (key, value) in changes {
            var changed = fields
            changed[key] = value
            let bytes = encoded(.map(changed))
            #expect(throws: CBORError.self, "\(key)") { try EventHead(canonical: bytes.raw) }
        }
        #expect(try EventHead(canonical: canonical.raw).agent.text == "a")
    }

    @Test func bodiesAreBounded() throws {
        #expect(Body.empty == (try Body(Fields())))
        let text = String(repeating: "x", count: 65530)
        #expect(try Body(Fields([("a", .text(text))])).encoded.count == Limits.dataBytes)
        #expect(throws: Body.Invalid.tooLarge(byteCount: 65537)) { try Body(Fields([("a", .text(text + "x"))])) }
        #expect(throws: Body.Invalid.notJSON) { try Body(Fields([("a", .bytes([1]))])) }
        #expect(throws: Body.Invalid.notJSON) { try Body(Fields([("a", [.double(.nan)])])) }
        #expect(throws: Body.Invalid.notJSON) { try Body(Fields([("a", .integer((1 << 53) + 1))])) }
        var deep = Fields()
        for _ in 0..<63 { deep = try Fields([("a", .map(deep))]) }
        let deepest = try Body(deep)
        #expect(try Body(canonical: deepest.encoded) == deepest)
        #expect(throws: Body.Invalid.tooDeep) { try Body(Fields([("a", .map(deep))])) }
        #expect(throws: Body.Invalid.tooDeep) { try Body(canonical: encoded(["a": .map(deep)])) }
        #expect(throws: Body.Invalid.notAMap) { try Body(canonical: [0x80]) }
        #expect(throws: Body.Invalid.notJSON) { try Body(canonical: encoded(["a": .bytes([])])) }
        #expect(throws: Body.Invalid.malformed(CBORError(.trailingBytes, at: 1))) { try Body(canonical: [0xA0, 0xA0]) }
        #expect(throws: Body.Invalid.self) { try Body(canonical: [0xA1, 0x61, 0x61, 0x18, 0x01]) }
        var shown: [UInt8] = Array("body: ".utf8)
        try Body(Fields([("b", [1, 0.5]), ("a", .null)])).writeJSON(into: &shown)
        #expect(shown.raw.text == #"body: {"a":null,"b":[1,0.5]}"#)
    }
}
