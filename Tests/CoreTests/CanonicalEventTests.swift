import Basics
import Model
import Testing

@Suite struct CanonicalEventTests {
    @Test func vectorsAreThere() { #expect(GoldenVector.all.count == 12) }

    @Test(arguments: GoldenVector.all)
    func encodesAsTheSecondImplementation(_ vector: GoldenVector) throws {
        let placed = try Placed(vector)
        #expect(Hex.text(placed.event.body.encoded) == vector.text("body"))
        #expect(Hex.text(CanonicalEvent.signed(placed.event, commit: placed.commit)) == vector.text("signed"))
        var bytes: [UInt8] = [1, 2, 3]
        placed.encode(into: &bytes)
        #expect(Hex.text(Array(bytes.dropFirst(3))) == vector.text("canonical"))
        let prepared = PreparedEvent(placed.event, salt: placed.salt, commit: placed.commit)
        var concatenated: [UInt8] = [9]
        prepared.encode(
            position: placed.position,
            received: placed.received,
            writer: placed.writer,
            into: &concatenated
        )
        #expect(Hex.text(Array(concatenated.dropFirst())) == vector.text("canonical"))
        #expect(concatenated.count - 1 <= prepared.maximumByteCount)
    }

    @Test(arguments: GoldenVector.all)
    func readsCanonicalBytes(_ vector: GoldenVector) throws {
        let placed = try Placed(vector)
        let canonical = vector.bytes("canonical")
        let head = try EventHead(canonical: canonical.raw)
        #expect(head == placed.head)
        #expect(head.canonical == canonical)
        let fields = try CanonicalFields(canonical.raw)
        func text(_ range: Range<Int>?) -> String? { range.map { canonical.raw.extracting($0).text } }
        #expect(text(fields.agent) == head.agent.text)
        #expect(text(fields.type) == head.type.text)
        #expect(text(fields.subject) == head.subject?.text)
        #expect(text(fields.owner) == head.owner.text)
        #expect(text(fields.room) == head.room?.text)
        #expect(text(fields.key) == head.key?.text)
        #expect(fields.number == head.number?.value)
        #expect(fields.position == head.position)
        #expect(fields.received == head.received)
        #expect(fields.writer == head.writer)
        #expect(Array(canonical[fields.commit]) == head.commit.bytes)
        #expect(fields.publicKey.map { Array(canonical[$0]) } == head.publicKey?.bytes)
        #expect(fields.signature.map { Array(canonical[$0]) } == head.signature?.bytes)
    }

    @Test(arguments: GoldenVector.all)
    func showsAndReadsBack(_ vector: GoldenVector) throws {
        let placed = try Placed(vector)
        let hash = try #require(ContentHash(vector.bytes("hash")))
        let stored = StoredEvent(
            head: placed.head,
            canonical: vector.bytes("canonical"),
            hash: hash,
            content: .open(placed.salt, placed.event.body)
        )
        var shown: [UInt8] = []
        stored.writeJSON(into: &shown)
        #expect(try value(shown) == value(Array(vector.text("shown").utf8)))
        guard case .event(let dumped) = try DumpLine(json: shown.raw) else {
            Issue.record("a line with a body is an event")
            return
        }
        #expect(dumped.head == placed.head)
        #expect(dumped.hash == hash)
        #expect(dumped.content == stored.content)

        let forgotten = StoredEvent(head: stored.head, canonical: stored.canonical, hash: hash, content: .forgotten)
        var blank: [UInt8] = []
        forgotten.writeJSON(into: &blank)
        guard case .map(let fields) = try value(blank) else { return }
        #expect(fields["data"] == .null)
        #expect(fields["forgotten"] == true)
        #expect(fields["salt"] == nil)
        guard case .event(let again) = try DumpLine(json: blank.raw) else { return }
        #expect(again.content == .forgotten)
        #expect(again.head == placed.head)
    }

    @Test func treeHeadsAreSignedOverThreeFields() throws {
        let root = try #require(ContentHash([UInt8](repeating: 0xAB, count: 32)))
        let bytes = TreeHead(size: 300, root: root).signedBytes(time: 1_781_954_400_000)
        let expected =
            "a3" + "64726f6f74" + "5820" + String(repeating: "ab", count: 32) + "6473697a65" + "19012c"
            + "6474696d65" + "1b0000019ee4c24f00"
        #expect(Hex.text(bytes) == expected)
    }

    private func value(_ bytes: [UInt8]) throws -> Value {
        var reader = JSONReader(bytes.raw)
        let value = try reader.value()
        try reader.finish()
        return value
    }
}

/// An event of a vector, at its place.
struct Placed {
    let event: Event
    let salt: Salt
    let commit: ContentHash
    let position: Position
    let received: HybridTime
    let writer: Writer

    init(_ vector: GoldenVector) throws {
        // Events that clients cannot send are read as dumps are.
        let shown = Array(vector.text("shown").utf8)
        guard case .event(let dumped) = try DumpLine(json: shown.raw), case .open(let salt, let body) = dumped.content
        else { throw IdentifierInvalid.empty }
        if dumped.head.agent.isReserved {
            event = dumped.head.event(body: body)
        } else {
            let sent = Array(vector.text("event").utf8)
            event = try EventReader.read(sent.raw, as: .json)[0]
        }
        self.salt = salt
        commit = try #require(ContentHash(vector.bytes("commit")))
        position = try #require(Position(checking: vector.integer("position")))
        received = try #require(HybridTime(checking: vector.received[0], counter: vector.received[1]))
        let writer = Writer.allCases.first { $0.text == vector.text("writer") }
        self.writer = try #require(writer)
    }

    var head: EventHead {
        EventHead(event, commit: commit, position: position, received: received, writer: writer)
    }

    func encode(into bytes: inout [UInt8]) {
        CanonicalEvent.encode(
            event,
            commit: commit,
            position: position,
            received: received,
            writer: writer,
            into: &bytes
        )
    }
}
