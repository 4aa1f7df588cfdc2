internal import Basics
internal import Model
package import Ports

// A look at the past costs the events since the checkpoint before it, not all since the beginning: rows tell what was
// added when, so nothing is replayed.

extension FieldReader {
    /// The state at a moment; for `now` as `state(now:)`.
    package func state(at moment: FieldMoment, now: Int64) async throws(StoreError) -> PreparedState {
        guard let end = try await position(at: moment) else { return try await state(now: now) }
        let (numbers, particles, fields) = try await past(end)
        var lists = (NewestList(limit: Particle.limit), NewestList(limit: QuantumField.limit))
        lists.0.add(particles.reversed().map(\.json))
        lists.1.add(fields.reversed().map(\.json))
        return PreparedState(numbers, lists.0.json, lists.1.json)
    }

    /// The numbers at a moment.
    package func numbers(at moment: FieldMoment, now: Int64) async throws(StoreError) -> FieldNumbers {
        guard let end = try await position(at: moment) else { return try await numbers(now: now) }
        return try await past(end).numbers
    }

    /// The last position that a moment shows, -1 for none; nil for `now`.
    package func position(at moment: FieldMoment) async throws(StoreError) -> Int64? {
        switch moment {
        case .now: return nil
        case .position(let position): return position.index
        case .time(let time):
            var query = LedgerQuery()
            query.to = time + 1
            query.order = .descending
            query.limit = 1
            return try await ledger.read(query).events.first?.position.index ?? -1
        }
    }

    private typealias Past = (numbers: FieldNumbers, particles: [Particle], fields: [QuantumField])

    private func past(_ asked: Int64) async throws(StoreError) -> Past {
        let end = min(
            asked,
            try await rows.read { snapshot throws(StoreError) in
                try snapshot.position(of: FieldView.name)?.index ?? -1
            }
        )
        let heads = try await heads(before: end + 1)
        let (base, particles, fields) = try await rows.read { snapshot throws(StoreError) in
            (
                try snapshot.sums(through: end), try snapshot.particles(before: end + 1, Particle.limit),
                try snapshot.quantumFields(before: end + 1, QuantumField.limit)
            )
        }
        let numbers = FieldNumbers(
            position: Position(checking: end),
            globalResonance: base.share.globalResonance,
            activeNodes: heads.activeNodes,
            collectiveIntelligence: base.share.collectiveIntelligence,
            activeRooms: Int(base.activeRooms),
            lastUpdate: heads.lastUpdate,
            particles: particles.count,
            quantumFields: fields.count
        )
        return (numbers, particles, fields)
    }

    /// What the heads of events tell: who was seen in the five minutes before the last, and when the field changed.
    private func heads(before end: Int64) async throws(StoreError) -> (activeNodes: Int, lastUpdate: Int64) {
        var query = LedgerQuery()
        query.before = end
        query.order = .descending
        query.limit = 1
        guard let last = try await ledger.read(query).events.first?.head.received.milliseconds else { return (0, 0) }
        query.types = FieldKind.allCases.map(\.type)
        let update = try await ledger.read(query).events.first?.head.received.milliseconds
        query.types = []
        query.limit = 4096
        query.from = last - FieldTotals.activity + 1
        var devices: Set<AgentID> = []
        while true {
            let page = try await ledger.read(query)
            for event in page.events { devices.insert(event.head.agent) }
            guard let next = page.next else { break }
            query.before = next
        }
        devices.remove(.unknown)
        devices.remove(.prima)
        return (devices.count, update ?? 0)
    }
}

extension RowsSnapshot {
    /// The sums after a position: those of the checkpoint before it, and what came since.
    func sums(through end: Int64) throws(StoreError) -> (share: Share, activeRooms: Int64) {
        var scan = Scan(FieldTables.checkpoints)
        scan.to = .including(.integer(end))
        scan.order = .descending
        scan.limit = 1
        var sums = (share: Share.zero, activeRooms: Int64(0))
        var start: Int64 = -1
        if let row = try rows(scan).first {
            let checkpoint = try Checkpoint(row)
            start = checkpoint.position.index
            sums = (checkpoint.share, checkpoint.activeRooms)
        }
        var events = Scan(FieldTables.events)
        events.from = .excluding(.integer(start))
        events.to = .including(.integer(end))
        try self.scan(events) { row throws(StoreError) in
            sums.share += try FieldRecord(row).share
            return .next
        }
        var changes = Scan(FieldTables.roomEvents)
        changes.from = .excluding(.integer(start))
        changes.to = .including(.integer(end))
        try self.scan(changes) { row throws(StoreError) in
            sums.activeRooms += row[9].integer ?? 0
            return .next
        }
        return sums
    }
}
