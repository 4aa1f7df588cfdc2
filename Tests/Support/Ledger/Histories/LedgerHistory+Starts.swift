import FilesDriver
import Model
import Ports

extension LedgerHistory {
    /// Opens the engine on an honest disk, through as many failed attempts as the disk makes of it, and looks at
    /// everything.
    mutating func start() async throws(HistoryFailure) {
        for attempt in 0..<20 {
            disarm()
            isDisturbed = false
            // The last attempts meet no fault.
            if attempt < 3, temper == .honest, random.chance(300) { try arm() }
            let wasArmed = isDisturbed
            let witnesses = random.chance(500) ? [size - 1] : []
            note("open")
            do {
                engine = try subject.open(disk, clock, randomness, witnesses, variety)
            } catch {
                note("open failed: \(error)")
                try require(!subject.isDamage(error), "a sound ledger was refused as damaged: \(error)")
                try require(wasArmed, "opening failed without a fault: \(error)")
                disk = disk.crash(random.chance(500) ? .process : .power)
                continue
            }
            // What was armed was for the start.
            disarm()
            if disk.isDead {
                try await crash(.power)
                continue
            }
            (isDisturbed, isPoisoned) = (false, false)
            try await settle()
            _ = try await check(.everything)
            isDisturbed = wasArmed
            return
        }
        throw failure("the engine does not open")
    }

    /// A clean stop, which the disk may not allow.
    mutating func stop() async throws(HistoryFailure) {
        note("stop")
        guard let engine else { return }
        self.engine = nil
        do {
            try await engine.close()
            witnessed = max(witnessed, size)
        } catch {
            note("stop failed: \(error)")
            try require(isDisturbed, "stopping failed without a fault: \(error)")
        }
    }

    mutating func stopAndStart() async throws(HistoryFailure) {
        if disk.isDead, temper != .honest { return try await endDeceived() }
        try await stop()
        // A new process finds the same page cache, or has lived through a power cut.
        let mayLosePower = temper == .honest || temper == .rotting
        if disk.isDead || random.chance(500) {
            disk = disk.crash(mayLosePower && random.chance(500) ? .power : .process)
        }
        isDisturbed = false
        try await start()
    }

    mutating func crash(_ kind: Crash) async throws(HistoryFailure) {
        note("crash of the \(kind)")
        let next = disk.crash(kind)
        // The old engine lives in a dead world now; nothing that it does counts.
        if let engine { try? await engine.close() }
        engine = nil
        disk = next
        isDisturbed = false
    }

    mutating func crashAndStart(_ kind: Crash) async throws(HistoryFailure) {
        if temper == .honest || temper == .rotting {
            try await crash(kind)
            try await start()
        } else {
            try await endDeceived()
        }
    }

    /// Finds out which of the uncertain batches are there: each whole or not at all, nothing else.
    mutating func settle() async throws(HistoryFailure) {
        let ledger = try ledger()
        let found = try await all(ledger, after: size - 1)
        var rest = found[...]
        var intents = uncertain
        uncertain = []
        while let index = intents.firstIndex(where: { Self.stands($0, at: rest) }) {
            switch intents.remove(at: index) {
            case .append(let batch, let fresh):
                note("was there after all: \(fresh.count) events")
                let receipt = try await modelAppend(batch)
                try require(
                    receipt.positions.count - receipt.duplicates.count == fresh.count,
                    "an uncertain batch counts otherwise"
                )
                remember(batch)
                rest = rest.dropFirst(fresh.count)
            case .forget(let subject, let slots):
                note("was forgotten after all: \(subject)")
                _ = try await modelForget(subject)
                destroyed.formUnion(slots)
                rest = rest.dropFirst()
            }
        }
        try require(size >= witnessed, "\(size) events, but there were \(witnessed) at a clean stop")
        try require(rest.isEmpty, "\(rest.count) events that nobody was told of, or half a batch, from \(size) on")
        // Retention that failed may have been done as far as it was asked for.
        let first = ledger.extent.first
        try require(first >= model.extent.first, "what retention dropped has come back")
        try require(first <= max(retainedFrom, model.extent.first), "more was dropped than was asked for")
        _ = try? await model.retain(from: Position(first))
    }

    private static func stands(_ intent: Intent, at events: ArraySlice<StoredEvent>) -> Bool {
        switch intent {
        case .append(_, let fresh):
            !fresh.isEmpty && events.count >= fresh.count
                && zip(fresh, events).allSatisfy { HistoryEvents.isSame($0, $1) }
        case .forget(let subject, _):
            events.first.map { $0.head.type == .forget && $0.head.subject == subject } ?? false
        }
    }
}

extension HistoryEvents {
    /// Whether a stored event is one that was sent.
    static func isSame(_ event: Event, _ stored: StoredEvent) -> Bool {
        var sent = event
        sent.salt = nil
        return stored.head.event(body: stored.body ?? event.body) == sent
    }
}
