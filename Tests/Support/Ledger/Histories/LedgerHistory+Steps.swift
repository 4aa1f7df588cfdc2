import Basics
import Model
import Ports

extension LedgerHistory {
    func ledger() throws(HistoryFailure) -> any Ledger {
        guard let engine else { throw failure("no engine is open") }
        return engine.ledger
    }

    // MARK: The model

    func modelAppend(_ batch: [Submission]) async throws(HistoryFailure) -> AppendReceipt {
        do { return try await model.append(batch) } catch { throw failure("the model refuses: \(error)") }
    }

    func modelForget(_ subject: SubjectID) async throws(HistoryFailure) -> Forgetting {
        do { return try await model.forget(subject, by: .token) } catch { throw failure("the model refuses: \(error)") }
    }

    mutating func remember(_ batch: [Submission]) {
        for submission in batch {
            if let identity = HistoryEvents.Identity(submission.event) { present.insert(identity) }
        }
    }

    // MARK: Appending

    mutating func newBatch() -> [Submission] {
        let count = random.chance(100) ? 20 : 1 + random.below(6)
        return (0..<count).map { _ in Submission(events.next(&random, size: size), by: .open) }
    }

    mutating func appendNew() async throws(HistoryFailure) {
        let batch = newBatch()
        sent.append(batch)
        try await append(batch)
    }

    /// Resends what was sent before, perhaps with something new, something changed, or twice.
    mutating func appendAgain() async throws(HistoryFailure) {
        guard !sent.isEmpty else { return try await appendNew() }
        var batch = sent[random.below(sent.count)]
        if random.chance(300) { batch += sent[random.below(sent.count)] }
        if random.chance(300) { batch += newBatch().prefix(2) }
        if random.chance(300) { batch.shuffle(using: &random) }
        if random.chance(300) {
            let index = random.below(batch.count)
            var event = batch[index].event
            if event.signature == nil {
                event.room = RoomID(unchecked: "changed")
                batch[index] = Submission(event, by: .open)
            }
        }
        try await append(batch)
    }

    private mutating func append(_ batch: [Submission]) async throws(HistoryFailure) {
        note("append \(batch.count) events at \(size)")
        let ledger = try ledger()
        let result = await Self.send(batch, to: ledger)
        try await take(result, of: batch)
    }

    /// Several batches in flight: whatever order they get, each stands together.
    mutating func appendAtOnce() async throws(HistoryFailure) {
        let ledger = try ledger()
        let batches = (0..<(2 + random.below(3))).map { _ in newBatch() }
        sent += batches
        note("append \(batches.map(\.count)) events at once at \(size)")
        var results = await withTaskGroup(of: (Int, Result<AppendReceipt, AppendError>).self) { group in
            for (index, batch) in batches.enumerated() {
                group.addTask { (index, await Self.send(batch, to: ledger)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        results.sort { Self.order($0.1) < Self.order($1.1) }
        for (index, result) in results { try await take(result, of: batches[index], isAlone: false) }
    }

    private static func order(_ result: Result<AppendReceipt, AppendError>) -> Int64 {
        switch result {
        case .success(let receipt): receipt.positions.first?.index ?? 0
        case .failure: .max
        }
    }

    private static func send(_ batch: [Submission], to ledger: any Ledger) async -> Result<AppendReceipt, AppendError> {
        do throws(AppendError) { return .success(try await ledger.append(batch)) } catch { return .failure(error) }
    }

    /// Compares an answer with the model's, and remembers what it promises.
    private mutating func take(
        _ result: Result<AppendReceipt, AppendError>,
        of batch: [Submission],
        isAlone: Bool = true
    ) async throws(HistoryFailure) {
        switch result {
        case .success(let receipt):
            try require(!isPoisoned, "an append was acknowledged after one was uncertain")
            let expected = try await modelAppend(batch)
            try require(
                receipt.positions == expected.positions,
                "positions \(receipt.positions) for \(expected.positions)"
            )
            try require(receipt.duplicates == expected.duplicates, "other duplicates than the model's")
            try require(receipt.head.size >= size || !isAlone, "the head does not cover the answer")
            try require(receipt.durable >= receipt.positions.map(\.index).max() ?? -1, "not durable")
            try hold(receipt.head)
            remember(batch)
        case .failure(.refused(let refusals)):
            do throws(AppendError) {
                _ = try await model.append(batch)
            } catch {
                guard case .refused(let expected) = error, Set(expected) == Set(refusals) else {
                    throw failure("refused for \(refusals), but the model says \(error)")
                }
                return
            }
            throw failure("refused for \(refusals), but the model takes it")
        case .failure(.store(let error, let isUncertain)):
            note("append failed: \(error.kind), \(isUncertain ? "uncertain" : "certain")")
            try require(isDisturbed, "an append failed without a fault: \(error)")
            guard isUncertain else { return }
            isPoisoned = true
            uncertain.append(.append(batch, fresh: fresh(batch)))
        }
    }

    /// The events of a batch that are not in the ledger yet, each once.
    private func fresh(_ batch: [Submission]) -> [Event] {
        var seen = present
        return batch.map(\.event).filter { event in
            guard let identity = HistoryEvents.Identity(event) else { return true }
            return seen.insert(identity).inserted
        }
    }

    private mutating func hold(_ head: TreeHead) throws(HistoryFailure) {
        try require(roots[head.size] ?? head.root == head.root, "two roots for \(head.size) events")
        roots[head.size] = head.root
    }

    // MARK: Forgetting, witnesses, retention

    mutating func forget() async throws(HistoryFailure) {
        // Below what is kept there is nothing to compare counts with.
        let known = try await all(model, after: -1)
        let alive = known.filter { $0.body != nil && $0.head.type != .forget }.map(\.head.owner)
        let candidates = isRetained ? alive : alive + HistoryEvents.subjects
        guard !candidates.isEmpty else { return }
        let subject = candidates[random.below(candidates.count)]
        note("forget \(subject)")
        let slots = KeyringFile(on: disk)?.slots(of: subject) ?? []
        switch await Self.forget(subject, in: try ledger()) {
        case .success(let forgetting):
            try require(!isPoisoned, "a forget was acknowledged after something was uncertain")
            let expected = try await modelForget(subject)
            try require(forgetting.position == expected.position, "\(forgetting), but the model says \(expected)")
            let sameCount = forgetting.events == expected.events || isRetained
            try require(sameCount, "\(forgetting), but the model says \(expected)")
            if expected.position != nil { destroyed.formUnion(slots) }
        case .failure(.refused(let refusals)): throw failure("a forget was refused: \(refusals)")
        case .failure(.store(let error, let isUncertain)):
            note("forget failed: \(error.kind), \(isUncertain ? "uncertain" : "certain")")
            try require(isDisturbed, "a forget failed without a fault: \(error)")
            guard isUncertain else { return }
            uncertain.append(.forget(subject, slots: slots))
            // It may stand already, so nothing can be compared until it is known.
            try await stopAndStart()
        }
    }

    private static func forget(_ subject: SubjectID, in ledger: any Ledger) async -> Result<Forgetting, AppendError> {
        do throws(AppendError) {
            return .success(try await ledger.forget(subject, by: .token))
        } catch { return .failure(error) }
    }

    mutating func signHead() async throws(HistoryFailure) {
        note("sign the head")
        let ledger = try ledger()
        do {
            let signed = try await ledger.signedHead()
            // What was uncertain may be there already.
            let isRight = signed.head.size == size || (isPoisoned && signed.head.size > size)
            try require(isRight, "the signed head has \(signed.head.size) of \(size) events")
            try hold(signed.head)
        } catch {
            if let error = error as? HistoryFailure { throw error }
            try require(isDisturbed, "a head was not signed without a fault: \(error)")
        }
    }

    /// Drops what lies below some position.
    mutating func retain() async throws(HistoryFailure) {
        guard size > 20, try await check(.everything) else { return }
        let position = Int64(random.below(Int(size)))
        note("retain from \(position)")
        (isRetained, retainedFrom) = (true, max(retainedFrom, position))
        do {
            let first = try await ledger().retain(from: Position(position))
            try require(first.index <= max(position, model.extent.first), "more was dropped than was asked for")
            _ = try await model.retain(from: first)
            try require(model.extent.first == first.index, "what was dropped came back")
        } catch {
            if let error = error as? HistoryFailure { throw error }
            note("retain failed: \(error)")
            try require(isDisturbed, "retention failed without a fault: \(error)")
            let first = try ledger().extent.first
            try require(first <= max(position, model.extent.first), "more was dropped than was asked for")
            _ = try? await model.retain(from: Position(first))
        }
    }

    /// Fills the disk: it is met before anything is written, and forgotten when there is room again.
    mutating func fillDisk() async throws(HistoryFailure) {
        guard temper == .honest, !isDisturbed else { return }
        note("the disk is nearly full")
        isDisturbed = true
        disk.capacity = disk.used + random.below(9000)
        for _ in 0..<(2 + random.below(6)) {
            if random.chance(150) { try await forget() } else { try await appendNew() }
        }
        note("there is room again")
        disk.capacity = nil
        isDisturbed = false
        try require(!isPoisoned, "a full disk made something uncertain")
        try await appendNew()
    }
}
