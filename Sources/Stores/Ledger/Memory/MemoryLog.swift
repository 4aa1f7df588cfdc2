internal import Basics
internal import Integrity
internal import Model
internal import OpenSSLDriver
internal import Ports

/// What a ledger in memory holds, as a value: the contract of `Ledger` without its waiting.
struct MemoryLog {
    struct Number: Hashable {
        let agent: AgentID
        let number: EventNumber
    }

    struct Key: Hashable {
        let agent: AgentID
        let key: IdempotencyKey
    }

    /// Where a key was used, and how many keys were used before it.
    struct KeyUse {
        let position: Position
        let rank: Int64
    }

    /// The public key of an agent, and the event that bound it.
    struct Binding {
        let key: PublicKey
        let since: Position
    }

    private(set) var events: [StoredEvent] = []
    private(set) var first: Int64 = 0
    private var tree = MerkleFrontier()
    private var numbers: [Number: Position] = [:]
    private var keys: [Key: KeyUse] = [:]
    private var keysUsed: Int64 = 0
    private var bindings: [AgentID: Binding] = [:]
    private var forgets: [SubjectID: Position] = [:]
    /// What makes keys of contents, by subject.
    private var secrets: [SubjectID: [UInt8]] = [:]
    private let keyHorizon: KeyHorizon

    init(keyHorizon: KeyHorizon) { self.keyHorizon = keyHorizon }

    var size: Int64 { Int64(events.count) }
    var head: TreeHead { TreeHead(size: size, root: tree.root(with: LedgerHashing())) }

    var extent: LedgerExtent {
        let bytes = events[Int(first)...].reduce(0) { $0 + Self.byteCount($1) }
        return LedgerExtent(first: first, size: size, bytes: Int64(bytes), segments: 1)
    }

    static func byteCount(_ event: StoredEvent) -> Int { event.canonical.count + (event.body?.encoded.count ?? 0) }
}

// MARK: - Appending

extension MemoryLog {
    /// Judges a whole batch before it changes anything.
    ///
    /// `makeSecret` is asked for the first event of a subject that is recognised by its content.
    mutating func append(
        _ preparation: Preparation,
        now: Int64,
        makeSecret: () -> [UInt8] = { [] }
    ) throws(AppendError) -> AppendReceipt {
        // A batch that is refused leaves this copy behind.
        var next = self
        var positions: [Position] = []
        var duplicates: [Int] = []
        var refusals = preparation.refusals
        for (index, unnamed) in preparation.items.enumerated() {
            let item = next.named(unnamed, makeSecret)
            let event = item.event
            let place = Position(next.size)
            for cause in event.causes ?? [] where cause >= place {
                refusals.append(AppendRefusal(index: index, reason: .causeAhead(cause: cause)))
            }
            switch next.recognise(item, now: now) {
            case .known(let position):
                positions.append(position)
                duplicates.append(index)
            case .refused(let reason):
                positions.append(place)
                refusals.append(AppendRefusal(index: index, reason: reason))
            case .new:
                positions.append(place)
                if let binding = next.bindings[event.agent], event.signature == nil || event.publicKey != binding.key {
                    refusals.append(AppendRefusal(index: index, reason: .agentHasKey(since: binding.since)))
                }
                next.place(item, now: now)
            }
        }
        guard refusals.isEmpty else { throw .refused(AppendRefusal.ofFirstRank(refusals)) }
        self = next
        return AppendReceipt(positions: positions, duplicates: duplicates, head: head, durable: size - 1)
    }

    private enum Answer {
        case new
        case known(Position)
        case refused(AppendRefusal.Reason)
    }

    /// The event with the key that its content gives it, if it is known by that.
    private mutating func named(_ item: Preparation.Item, _ makeSecret: () -> [UInt8]) -> Preparation.Item {
        guard case .content(let occurrence, let unknown) = item.recognition else { return item }
        let owner = item.event.owner
        if secrets[owner] == nil, unknown == .accepted { secrets[owner] = makeSecret() }
        guard let secret = secrets[owner] else { return item }
        let key = ContentKey(secret: secret).key(of: item.event, occurrence: occurrence, with: SHA256Hasher())
        return item.named(key)
    }

    /// Whether an event is there already, by its number or its key.
    private func recognise(_ item: Preparation.Item, now: Int64) -> Answer {
        let event = item.event
        let byNumber = event.number.flatMap { numbers[Number(agent: event.agent, number: $0)] }
        let byKey = event.key.flatMap { position(of: Key(agent: event.agent, key: $0), now: now) }
        switch (byNumber, byKey) {
        case (nil, nil):
            guard case .content(_, unknown: .refused) = item.recognition else { return .new }
            return .refused(.unknown)
        case (let number?, let key?) where number != key:
            return .refused(.numberAndKeyDisagree(number: number, key: key))
        case (let position?, _):
            return isSame(event, at: position) ? .known(position) : .refused(.numberReused(at: position))
        case (nil, let position?):
            if item.recognition != .declared { return .known(position) }
            return isSame(event, at: position) ? .known(position) : .refused(.keyReused(at: position))
        }
    }

    private func position(of key: Key, now: Int64) -> Position? {
        guard let use = keys[key] else { return nil }
        let received = events[Int(use.position.index)].head.received.milliseconds
        let isHeld = keyHorizon.holds(
            received: received,
            newer: keysUsed - use.rank - 1,
            now: max(now, events.last?.head.received.milliseconds ?? now)
        )
        return isHeld ? use.position : nil
    }

    /// What retention dropped cannot be compared any more.
    private func isSame(_ event: Event, at position: Position) -> Bool {
        let kept = events[Int(position.index)]
        return position.index < first || Resend.isSame(event, as: kept.head, kept.content)
    }

    private mutating func place(_ item: Preparation.Item, now: Int64) {
        let event = item.event
        let position = Position(size)
        let received = (events.last?.head.received ?? .zero).next(now: now)
        let head = EventHead(
            event,
            commit: item.prepared.commit,
            position: position,
            received: received,
            writer: item.writer
        )
        let canonical = head.canonical
        let leaf = LedgerHashing().leaf(canonical.raw)
        tree.append(leaf, with: LedgerHashing())
        events.append(
            StoredEvent(
                head: head,
                canonical: canonical,
                hash: leaf,
                content: .open(item.prepared.salt, event.body)
            )
        )
        if let number = event.number { numbers[Number(agent: event.agent, number: number)] = position }
        if let key = event.key {
            keys[Key(agent: event.agent, key: key)] = KeyUse(position: position, rank: keysUsed)
            keysUsed += 1
        }
        if event.signature != nil, let key = event.publicKey, bindings[event.agent] == nil {
            bindings[event.agent] = Binding(key: key, since: position)
        }
    }
}

// MARK: - Forgetting and retention

extension MemoryLog {
    /// Takes the bodies of a subject away; `event` is the forget event that says so.
    mutating func forget(_ subject: SubjectID, saying event: Preparation, now: Int64) throws(AppendError) -> Forgetting
    {
        let lost = events.indices[Int(first)...].filter { index in
            let event = events[index]
            return event.head.owner == subject && event.content != .forgotten && !Self.isForget(event.head)
        }
        guard !lost.isEmpty else { return Forgetting(subject: subject, position: forgets[subject], events: 0) }
        let position = try append(event, now: now).positions[0]
        for index in lost {
            let event = events[index]
            events[index] = StoredEvent(
                head: event.head,
                canonical: event.canonical,
                hash: event.hash,
                content: .forgotten
            )
        }
        forgets[subject] = position
        secrets[subject] = nil
        return Forgetting(subject: subject, position: position, events: Int64(lost.count))
    }

    private static func isForget(_ head: EventHead) -> Bool { head.agent == .prima && head.type == .forget }

    mutating func retain(from position: Position) -> Position {
        first = max(first, min(position.index, size))
        return Position(first)
    }
}

// MARK: - Reading

extension MemoryLog {
    func page(_ query: LedgerQuery) -> LedgerPage {
        let low = max(query.after + 1, first)
        let high = min(query.before ?? size, size)
        let isAscending = query.order == .ascending
        var found: [StoredEvent] = []
        var bytes = 0
        var examined = isAscending ? max(query.after, high - 1) : low
        var next: Int64?
        for step in 0..<max(0, high - low) {
            let index = isAscending ? low + step : high - 1 - step
            let event = events[Int(index)]
            guard query.matches(event.head) else { continue }
            found.append(event)
            bytes += Self.byteCount(event)
            if found.count >= query.limit || bytes >= query.byteLimit {
                examined = index
                next = step == high - low - 1 ? nil : index
                break
            }
        }
        return LedgerPage(events: found, next: next, examined: examined, durable: size - 1)
    }
}

// MARK: - Proofs

extension MemoryLog {
    private func node(_ level: Int, _ index: Int64) -> ContentHash {
        if level == 0 { return events[Int(index)].hash }
        return LedgerHashing().node(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
    }

    private func require(_ size: Int64, in operation: StaticString) throws(StoreError) {
        guard size >= 0 else { throw StoreError(.invalid, in: operation) }
        guard size <= self.size else { throw StoreError(.notFound, in: operation) }
    }

    func root(at size: Int64) throws(StoreError) -> ContentHash {
        try require(size, in: "root")
        return MerkleProof.root(size: size, node: node, with: LedgerHashing())
    }

    func inclusion(of position: Position, in size: Int64) throws(StoreError) -> InclusionProof {
        try require(size, in: "inclusion proof")
        guard position.index < size else { throw StoreError(.invalid, in: "inclusion proof") }
        return InclusionProof(
            position: position,
            size: size,
            leaf: events[Int(position.index)].hash,
            path: MerkleProof.inclusion(position: position.index, size: size, node: node, with: LedgerHashing()),
            root: try root(at: size)
        )
    }

    func consistency(from: Int64, to: Int64) throws(StoreError) -> ConsistencyProof {
        try require(to, in: "consistency proof")
        guard from >= 0 && from <= to else { throw StoreError(.invalid, in: "consistency proof") }
        return ConsistencyProof(
            from: from,
            to: to,
            path: MerkleProof.consistency(from: from, to: to, node: node, with: LedgerHashing()),
            fromRoot: try root(at: from),
            toRoot: try root(at: to)
        )
    }
}
