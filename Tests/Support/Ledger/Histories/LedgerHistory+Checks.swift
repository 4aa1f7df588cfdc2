import Basics
import Integrity
import Model
import OpenSSLDriver
import Ports

extension LedgerHistory {
    enum Looking { case everything, sample }

    /// Compares what can be read with the model; false when the disk did not let it be read.
    @discardableResult
    mutating func check(_ looking: Looking) async throws(HistoryFailure) -> Bool {
        let ledger = try ledger()
        do {
            switch looking {
            case .everything: try await checkEverything(ledger)
            case .sample: try await checkSample(ledger)
            }
            return true
        } catch {
            if let error = error as? HistoryFailure { throw error }
            try require(isDisturbed, "reading failed without a fault: \(error)")
            return false
        }
    }

    private mutating func checkEverything(_ ledger: any Ledger) async throws {
        let known = try await Self.pages(of: model, LedgerQuery())
        let first = model.extent.first
        try require(ledger.extent.size == size, "\(ledger.extent.size) events of \(size)")
        try require(ledger.extent.first == first, "begins at \(ledger.extent.first), not at \(first)")
        var query = LedgerQuery()
        query.limit = 1 + random.below(60)
        let found = try await Self.pages(of: ledger, query)
        try require(found.count == known.count, "\(found.count) events can be read of \(known.count)")
        for (event, expected) in zip(found, known) { try compare(event, expected) }
        for (one, next) in zip(found, found.dropFirst()) {
            try require(one.head.received < next.head.received, "received goes back at \(next.position)")
        }
        try takeLeaves(of: found)
        try await checkProofs(ledger)
        if let keyring = KeyringFile(on: disk) {
            for slot in destroyed {
                try require(!keyring.holdsKey(slot), "key \(slot) is still there though destroyed")
            }
        }
    }

    /// One event, against the model's.
    func compare(_ event: StoredEvent, _ expected: StoredEvent) throws(HistoryFailure) {
        let place = event.position
        try require(place == expected.position, "\(place) stands where \(expected.position) should")
        let isSame = event.head.event(body: .empty) == expected.head.event(body: .empty)
        try require(isSame, "the event at \(place) is another")
        try require(event.head.writer == expected.head.writer, "the writer at \(place) is another")
        try require(
            event.body == expected.body,
            "the body at \(place) is \(Self.text(event)), not \(Self.text(expected))"
        )
        try require(event.hash == SampleHashing().leaf(event.canonical.raw), "the hash at \(place) is another's")
        guard case .open(let salt, let body) = event.content else { return }
        let commit = SHA256.hash(salt.bytes + body.encoded)
        try require(commit == event.head.commit, "the body at \(place) is not what was committed to")
    }

    private static func text(_ event: StoredEvent) -> String {
        event.body.map { "\($0.encoded.prefix(40))" } ?? "forgotten"
    }

    /// Leaves never change, and make every root that was acknowledged.
    private mutating func takeLeaves(of found: [StoredEvent]) throws(HistoryFailure) {
        for event in found {
            let index = Int(event.position.index)
            if index < leaves.count {
                try require(leaves[index] == event.hash, "the leaf at \(index) has changed")
            } else {
                try require(index == leaves.count, "leaves are missing before \(index)")
                leaves.append(event.hash)
            }
        }
        try require(leaves.count == Int(size), "\(leaves.count) leaves for \(size) events")
        var frontier = MerkleFrontier()
        let hashing = SampleHashing()
        for (index, leaf) in leaves.enumerated() {
            frontier.append(leaf, with: hashing)
            guard let root = roots[Int64(index) + 1] else { continue }
            try require(root == frontier.root(with: hashing), "the acknowledged root of \(index + 1) events is another")
        }
        roots[size] = frontier.root(with: hashing)
    }

    private mutating func checkProofs(_ ledger: any Ledger) async throws {
        let root = try await ledger.root(at: size)
        try require(root == roots[size], "the root is not that of the events")
        guard size > 0 else { return }
        let sizes = roots.keys.sorted()
        let from = sizes[random.below(sizes.count)]
        let consistency = try await ledger.consistency(from: from, to: size)
        try require(consistency.fromRoot == roots[from] && consistency.toRoot == root, "a proof of other roots")
        try require(LedgerConformance.isValid(consistency), "\(from) events are not proved to begin \(size)")
        let position = Position(Int64(random.below(Int(size))))
        let inclusion = try await ledger.inclusion(of: position, in: size)
        try require(inclusion.leaf == leaves[Int(position.index)], "a proof of another leaf")
        try require(inclusion.root == root && LedgerConformance.isValid(inclusion), "\(position) is not proved")
    }

    private mutating func checkSample(_ ledger: any Ledger) async throws {
        var query = LedgerQuery()
        if random.chance(500) { query.agents = [AgentID(unchecked: "a-\(random.below(5))")] }
        if random.chance(300) { query.subjects = [HistoryEvents.subjects[random.below(6)]] }
        if random.chance(300) { query.types = [EventType.field[random.below(6)], .forget] }
        if random.chance(300) { query.rooms = [RoomID(unchecked: "\(random.below(3))")] }
        if random.chance(300), size > 0 { query.after = Int64(random.below(Int(size))) }
        if random.chance(500) { query.order = .descending }
        query.limit = 1 + random.below(20)
        let found = try await Self.pages(of: ledger, query)
        let known = try await Self.pages(of: model, query)
        try require(found.map(\.position) == known.map(\.position), "\(query) finds \(found.map(\.position))")
        for (event, expected) in zip(found, known) { try compare(event, expected) }
    }

    // MARK: Reading

    /// Every event that a query asks for.
    static func pages(of ledger: any Ledger, _ query: LedgerQuery) async throws(StoreError) -> [StoredEvent] {
        var query = query
        var events: [StoredEvent] = []
        while true {
            let page = try await ledger.read(query)
            events += page.events
            guard let next = page.next else { return events }
            if query.order == .ascending { query.after = next } else { query.before = next }
        }
    }

    /// Every event after a position, on a disk that answers.
    func all(_ ledger: any Ledger, after position: Int64) async throws(HistoryFailure) -> [StoredEvent] {
        var query = LedgerQuery()
        query.after = position
        do throws(StoreError) { return try await Self.pages(of: ledger, query) } catch {
            throw failure("reading failed without a fault: \(error)")
        }
    }
}
