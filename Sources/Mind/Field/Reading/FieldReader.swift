internal import Basics
package import Model
package import Ports

/// Answers what the field is, now and at any moment before.
///
/// What is asked all the time comes from memory, and is read again when the view has gone on; the rest is read from the
/// view's rows, at one snapshot. To read what was just written, wait until the view has its position.
package final class FieldReader: Sendable {
    let rows: any Rows
    let ledger: any Ledger
    /// Who is there, beside those who said something: the doors tell it.
    package let presence: Presence
    private let applied: @Sendable () -> Int64
    private let startedAt: Int64
    private let state = Lock(State())

    private struct State {
        var shown: Shown?
        var isLoading = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// `applied` is the last position that the view has, -1 for none; `startedAt` when the server began.
    package init(
        rows: any Rows,
        ledger: any Ledger,
        presence: Presence = Presence(),
        startedAt: Int64,
        applied: @escaping @Sendable () -> Int64
    ) {
        self.rows = rows
        self.ledger = ledger
        self.presence = presence
        self.startedAt = startedAt
        self.applied = applied
    }

    // MARK: The state

    /// The state now; its bytes are made once for each position and number of active nodes.
    package func state(now: Int64) async throws(StoreError) -> PreparedState {
        try await shown(now: now).prepared(presence.count(now: now), startedAt)
    }

    /// The numbers now.
    package func numbers(now: Int64) async throws(StoreError) -> FieldNumbers {
        try await shown(now: now).numbers(presence.count(now: now), startedAt)
    }

    /// The newest particles that are listed, newest first.
    func particles(now: Int64) async throws(StoreError) -> [Particle] { try await shown(now: now).particles }

    private enum Turn {
        case ready(Shown)
        case load(Shown?)
        case wait
    }

    private func shown(now: Int64) async throws(StoreError) -> Shown {
        while true {
            let applied = applied()
            let turn: Turn = state.withLock { state in
                if let shown = state.shown, shown.index >= applied { return .ready(shown) }
                if state.isLoading { return .wait }
                state.isLoading = true
                return .load(state.shown)
            }
            switch turn {
            case .ready(let shown): return shown
            case .load(let former): return try await load(after: former, now: now)
            case .wait: await loaded()
            }
        }
    }

    /// One reads for all who ask meanwhile.
    private func load(after former: Shown?, now: Int64) async throws(StoreError) -> Shown {
        defer {
            let waiters = state.withLock { state in
                state.isLoading = false
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        let loading = ShownLoading(former: former, horizon: now - FieldTotals.activity)
        let (shown, seen) = try await rows.read { snapshot throws(StoreError) in try loading.run(snapshot) }
        for (device, time) in seen { presence.saw(device, at: time) }
        state.withLock { $0.shown = shown }
        return shown
    }

    private func loaded() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.isLoading else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: Parts

    /// What one node is; nil when it never said anything.
    package func node(_ device: AgentID) async throws(StoreError) -> NodeState? {
        try await rows.read { snapshot throws(StoreError) in
            guard let row = try snapshot.get([.text(device.text)], in: FieldTables.nodes) else { return nil }
            let node = try FieldNode(row)
            return NodeState(
                device: device.text,
                globalResonance: node.share.globalResonance,
                collectiveIntelligence: node.share.collectiveIntelligence,
                room64Active: node.rooms > 0,
                lastUpdate: node.lastUpdate,
                lastSeen: node.lastSeen,
                events: node.events
            )
        }
    }

    /// The room of this name; nil when nothing happened in it.
    package func room(_ id: RoomID) async throws(StoreError) -> Room? {
        try await rows.read { snapshot throws(StoreError) in try snapshot.room(id) }
    }

    /// The newest events of the field, or of one device, newest first.
    package func recent(_ limit: Int, of device: AgentID? = nil) async throws(StoreError) -> [FieldRecord] {
        try await rows.read { snapshot throws(StoreError) in try snapshot.recent(limit, of: device) }
    }

    /// The newest entanglements that a device declared, newest first.
    package func entanglements(of device: AgentID, _ limit: Int) async throws(StoreError) -> [Entanglement] {
        try await rows.read { snapshot throws(StoreError) in
            var scan = Scan(FieldTables.entanglements, by: ["source_device"], prefix: [.text(device.text)])
            scan.order = .descending
            scan.limit = limit
            return try snapshot.rows(scan).map { row throws(StoreError) in try Entanglement(row) }
        }
    }
}

extension RowsSnapshot {
    /// The newest events below a position, newest first.
    func recent(
        _ limit: Int,
        of device: AgentID? = nil,
        before end: Int64 = Position.limit
    ) throws(StoreError) -> [FieldRecord] {
        var scan = Scan(FieldTables.events)
        if let device { scan = Scan(FieldTables.events, by: ["device_id"], prefix: [.text(device.text)]) }
        scan.to = .excluding(.integer(end))
        scan.order = .descending
        scan.limit = limit
        return try rows(scan).map { row throws(StoreError) in try FieldRecord(row) }
    }
}
