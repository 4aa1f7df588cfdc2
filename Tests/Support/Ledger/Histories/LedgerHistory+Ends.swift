import FilesDriver
import Model
import Ports

extension LedgerHistory {
    /// The end on a disk that lied, or left garbage: the loss is found out, or nothing is lost, or what is lost is the
    /// end of the ledger and nobody outside ever knew of it.
    mutating func endDeceived() async throws(HistoryFailure) {
        let deceiver = disk
        try await crash(.power)
        // The sealer of the old engine worked until now.
        let isDeceived = deceiver.lies > 0 || temper == .garbling
        disk.faults = .none
        let witnesses = random.chance(500) ? [size - 1] : []
        note("open with the witnesses \(witnesses)")
        try await open(witnesses, mayRefuse: isDeceived)
        guard engine != nil else { return }
        try await lookAround(mayLose: isDeceived && witnesses.isEmpty, mayReturn: isDeceived)
    }

    /// The end on a disk whose bits flip: refused, or each event as it was, or said to be corrupt.
    mutating func endRotten() async throws(HistoryFailure) {
        let isLive = random.chance(300)
        if !isLive { try await stop() }
        let bits = random.chance(700) ? 1 : 2 + random.below(5)
        for _ in 0..<bits { rot() }
        if isLive {
            try await lookAround(mayLose: false)
            try await stop()
            // A dead engine would have left no witness.
        }
        disk = disk.crash(random.chance(500) ? .process : .power)
        let witnesses = random.chance(500) ? [size - 1] : []
        note("open with the witnesses \(witnesses)")
        try await open(witnesses, mayRefuse: true)
        guard engine != nil else { return }
        // One flipped bit cannot hide both the end of the ledger and the head that was signed over it.
        try await lookAround(mayLose: bits > 1 && witnesses.isEmpty)
    }

    private mutating func open(_ witnesses: [Int64], mayRefuse: Bool) async throws(HistoryFailure) {
        do {
            engine = try subject.open(disk, clock, randomness, witnesses, variety)
        } catch {
            note("open failed: \(error)")
            try require(subject.isDamage(error), "a disk that answers is blamed: \(error)")
            try require(mayRefuse, "a sound ledger was refused as damaged: \(error)")
        }
    }

    /// Flips a bit somewhere, rather where something was written.
    private mutating func rot() {
        guard let names = try? disk.names().sorted(), !names.isEmpty else { return }
        let name = names[random.below(names.count)]
        guard let file = try? disk.open(name, .readOnly), let size = try? file.size(), size > 0 else { return }
        var offset: Int64 = 0
        for _ in 0..<8 {
            offset = Int64(random.below(Int(size)))
            var byte: [UInt8] = []
            _ = try? file.read(into: &byte, count: 1, at: offset)
            if byte != [0] { break }
        }
        note("rot \(name) at \(offset)")
        disk.rot(name, at: Int(offset), bit: random.below(8))
    }

    /// Every answer is right or an error; what cannot be read is never called new.
    private mutating func lookAround(mayLose: Bool, mayReturn: Bool = false) async throws(HistoryFailure) {
        let ledger = try ledger()
        let extent = ledger.extent
        // What was uncertain may be there; on such a disk it may be unreadable as well.
        if extent.size > size, await tolerating({ try await Self.pages(of: ledger, LedgerQuery()) }) != nil {
            try await settle()
        }
        let known = try await all(model, after: -1)
        try require(extent.size >= size || mayLose, "\(extent.size) events of \(size), though somebody knew of more")
        // The head of a clean stop is a witness that nobody has to bring along.
        let isWitnessed = temper == .lying && !headsMayLie
        try require(extent.size >= witnessed || !isWitnessed, "\(extent.size) events under a head of \(witnessed)")
        // Segments that were dropped come back when the disk lied about their names, and those that were asked to go
        // may be gone, whether that was answered or not.
        let first = model.extent.first
        let mayBegin = (mayLose || mayReturn ? 0 : first)...max(first, retainedFrom)
        try require(mayBegin.contains(extent.first), "begins at \(extent.first), not at \(first)")
        guard extent.size <= size else { return try await leave() }
        let kept = known.filter { extent.first..<extent.size ~= $0.position.index }
        for expected in kept {
            var query = LedgerQuery()
            query.after = expected.position.index - 1
            query.before = expected.position.index + 1
            guard let page = await tolerating({ try await ledger.read(query) }) else { continue }
            try require(page.events.count == 1, "nothing stands at \(expected.position)")
            try compare(page.events[0], isForgetLost(of: expected, known, extent.size) ? page.events[0] : expected)
        }
        for (size, root) in roots.sorted(by: { $0.key < $1.key }) where size <= extent.size {
            guard let found = await tolerating({ try await ledger.root(at: size) }) else { continue }
            try require(found == root, "the acknowledged root of \(size) events is another")
        }
        try await tryQueries(ledger, below: extent.size)
        if extent.size >= size { try await tryResends(ledger) }
        try await leave()
    }

    /// Whether the forget of an event was lost with the end of the ledger, so that its body is there again.
    private func isForgetLost(of event: StoredEvent, _ known: [StoredEvent], _ size: Int64) -> Bool {
        event.content == .forgotten
            && !known.prefix { $0.position.index < size }.contains {
                $0.head.type == .forget && $0.head.subject == event.head.owner && $0.position > event.position
            }
    }

    private mutating func leave() async throws(HistoryFailure) {
        try? await engine?.close()
        engine = nil
    }

    private mutating func tryQueries(_ ledger: any Ledger, below size: Int64) async throws(HistoryFailure) {
        for agent in 0..<4 {
            var query = LedgerQuery()
            query.agents = [AgentID(unchecked: "a-\(agent)")]
            query.after = max(ledger.extent.first, model.extent.first) - 1
            query.before = min(size, self.size)
            guard let found = await tolerating({ try await Self.pages(of: ledger, query) }) else { continue }
            guard let known = await tolerating({ try await Self.pages(of: model, query) }) else { continue }
            try require(found.map(\.position) == known.map(\.position), "a query finds other events")
        }
    }

    private mutating func tryResends(_ ledger: any Ledger) async throws(HistoryFailure) {
        for batch in sent.suffix(6) {
            let isThere = batch.allSatisfy { HistoryEvents.Identity($0.event).map(present.contains) ?? false }
            guard isThere, let expected = try? await model.append(batch), expected.duplicates.count == batch.count,
                let receipt = await tolerating({ try await ledger.append(batch) })
            else { continue }
            try require(receipt.positions == expected.positions, "a resend got other positions")
            try require(receipt.duplicates == expected.duplicates, "a resend was taken for new")
        }
    }

    /// An answer; nil when there is an error instead.
    private func tolerating<Answer>(_ body: () async throws -> Answer) async -> Answer? {
        do { return try await body() } catch { return nil }
    }
}
