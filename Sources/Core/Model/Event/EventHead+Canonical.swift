package import Basics

extension EventHead {
    /// Reads canonical bytes, strictly: what is accepted encodes to the same bytes again.
    package init(canonical bytes: RawSpan) throws(CBORError) {
        var reader = CBORReader(bytes)
        var draft = HeadDraft()
        var order = CBORReader.KeyOrder()
        for _ in 0..<(try reader.map()) {
            let start = reader.offset
            let key = try reader.key()
            try order.check(key, in: bytes, at: start)
            guard let field = EventField(utf8: bytes.extracting(key)) else {
                throw CBORError(.misplaced, at: start)
            }
            try draft.read(field, &reader)
        }
        try reader.finish()
        guard let head = draft.head else { throw CBORError(.misplaced, at: bytes.byteCount) }
        self = head
    }
}

/// What was read of a head so far.
private struct HeadDraft {
    private var agent: AgentID?
    private var type: EventType?
    private var subject: SubjectID?
    private var number: EventNumber?
    private var key: IdempotencyKey?
    private var at: Int64?
    private var room: RoomID?
    private var clock: VectorClock?
    private var causes: [Position]?
    private var publicKey: PublicKey?
    private var signature: Signature?
    private var commit: ContentHash?
    private var position: Position?
    private var received: HybridTime?
    private var writer: Writer?

    /// The whole; nil when a required field is missing or a signature stands without its key.
    var head: EventHead? {
        guard let agent, let type, let commit, let position, let received, let writer,
            signature == nil || publicKey != nil
        else { return nil }
        let event = Event(
            agent: agent,
            type: type,
            subject: subject,
            number: number,
            key: key,
            at: at,
            room: room,
            clock: clock,
            causes: causes,
            publicKey: publicKey,
            signature: signature
        )
        return EventHead(event, commit: commit, position: position, received: received, writer: writer)
    }

    mutating func read(_ field: EventField, _ reader: inout CBORReader) throws(CBORError) {
        let start = reader.offset
        switch field {
        case .at: at = try reader.integer()
        case .key: key = try reader.identifier()
        case .room: room = try reader.identifier()
        case .type: type = try reader.identifier()
        case .agent: agent = try reader.identifier()
        case .subject: subject = try reader.identifier()
        case .clock: clock = try reader.clock()
        case .causes: causes = try reader.positions()
        case .commit: commit = ContentHash(reader[try reader.byteString()])
        case .number: number = EventNumber(try reader.integer())
        case .writer: writer = Writer(utf8: reader[try reader.text()])
        case .position: position = Position(checking: try reader.integer())
        case .received:
            guard try reader.array() == 2 else { throw CBORError(.misplaced, at: start) }
            received = HybridTime(checking: try reader.integer(), counter: try reader.integer())
        case .publicKey: publicKey = PublicKey(reader[try reader.byteString()])
        case .signature: signature = Signature(reader[try reader.byteString()])
        case .data, .salt, .hash, .leaf, .forgotten: throw CBORError(.misplaced, at: start)
        }
        guard isPresent(field) else { throw CBORError(.outOfRange, at: start) }
    }

    /// Whether the value that was just read was a valid one.
    private func isPresent(_ field: EventField) -> Bool {
        switch field {
        case .commit: commit != nil
        case .number: number != nil
        case .writer: writer != nil
        case .position: position != nil
        case .received: received != nil
        case .publicKey: publicKey != nil
        case .signature: signature != nil
        default: true
        }
    }
}

extension CBORReader {
    /// A text that is a valid name.
    mutating func identifier<Name: Identifier>() throws(CBORError) -> Name {
        let start = offset
        let range = try text()
        do {
            return try Name(checkedUTF8: self[range])
        } catch {
            throw CBORError(.outOfRange, at: start)
        }
    }

    /// A canonical map of names to counters.
    mutating func clock() throws(CBORError) -> VectorClock {
        let start = offset
        let count = try map()
        guard count <= Limits.clockEntries else { throw CBORError(.tooLarge, at: start) }
        var order = KeyOrder()
        var entries: [VectorClock.Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let keyStart = offset
            let key = try key()
            try order.check(key, in: bytes, at: keyStart)
            guard let agent = try? AgentID(checkedUTF8: self[key]) else { throw CBORError(.outOfRange, at: keyStart) }
            let counter = try integer()
            guard EventNumber.range.contains(counter) else { throw CBORError(.outOfRange, at: keyStart) }
            entries.append(VectorClock.Entry(agent: agent, counter: counter))
        }
        return VectorClock(canonical: entries)
    }

    /// An array of positions.
    mutating func positions() throws(CBORError) -> [Position] {
        let start = offset
        let count = try array()
        guard count <= Limits.causes else { throw CBORError(.tooLarge, at: start) }
        var positions: [Position] = []
        positions.reserveCapacity(count)
        for _ in 0..<count {
            let itemStart = offset
            guard let position = Position(checking: try integer()) else {
                throw CBORError(.outOfRange, at: itemStart)
            }
            positions.append(position)
        }
        return positions
    }
}
