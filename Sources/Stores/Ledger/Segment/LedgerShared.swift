internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver
internal import Ports

/// What the writer and the readers of one ledger have in common.
final class LedgerShared: Sendable {
    let identity: LedgerIdentity
    let fingerprints: Fingerprints
    let disk: any Disk
    let headKey: SigningKey
    let keyring: Lock<Keyring>
    let growth: Growth
    let recent: RecentEvents
    private let state: Lock<State>

    /// What readers see: durable events only.
    struct State: Sendable {
        var parts: [SegmentPart]
        var extent: LedgerExtent
        var head: TreeHead
        /// Why nothing is acknowledged any more.
        var failure: StoreError?
    }

    /// Takes up what was opened; `start` is where the writer begins, if there is one.
    init(_ recovered: LedgerRecovery.Recovered, start: LedgerWriter.Start?, disk: any Disk, recentBytes: Int = 0) {
        var parts = recovered.parts
        if let open = start?.segment.part, parts.last?.first != open.first { parts.append(.open(open)) }
        let head = TreeHead(
            size: recovered.progress.next,
            root: recovered.progress.frontier.root(with: LedgerHashing())
        )
        identity = recovered.identity
        fingerprints = Fingerprints(recovered.identity)
        self.disk = disk
        headKey = recovered.headKey
        keyring = Lock(recovered.keyring)
        growth = Growth(size: head.size)
        recent = RecentEvents(limit: recentBytes)
        state = Lock(State(parts: parts, extent: Self.extent(of: parts, size: head.size), head: head))
    }

    private static func extent(of parts: [SegmentPart], size: Int64) -> LedgerExtent {
        LedgerExtent(
            first: parts.first { $0.header.shape == .full }?.first ?? size,
            size: size,
            bytes: parts.reduce(0) { $0 + $1.bytes },
            segments: parts.count
        )
    }

    var current: State { state.withLock { $0 } }
    var extent: LedgerExtent { state.withLock { $0.extent } }
    var head: TreeHead { state.withLock { $0.head } }
    var failure: StoreError? { state.withLock { $0.failure } }

    /// Shows what was synced, and wakes who waits for it.
    func publish(_ head: TreeHead, bytes: Int64) {
        state.withLock { state in
            state.head = head
            state.extent = LedgerExtent(
                first: state.extent.first,
                size: head.size,
                bytes: state.extent.bytes + bytes,
                segments: state.extent.segments
            )
        }
        growth.grew(to: head.size)
    }

    func change(_ body: (inout [SegmentPart]) -> Void) {
        state.withLock { state in
            body(&state.parts)
            state.extent = Self.extent(of: state.parts, size: state.head.size)
        }
    }

    /// Nothing is acknowledged from now on.
    func fail(_ failure: StoreError) { state.withLock { $0.failure = $0.failure ?? failure } }
}

extension StoreError {
    /// What a disk's answer means to a caller.
    init(_ error: DiskError, in operation: StaticString) {
        switch error.kind {
        case .full: self.init(.exhausted, retry: .after(.seconds(1)), in: operation, underlying: error)
        case .readOnly, .denied, .notFound, .exists, .wouldWait, .other:
            self.init(.unavailable, in: operation, underlying: error)
        case .damaged: self.init(.corrupt, in: operation, underlying: error)
        }
    }

    init(_ fault: LedgerFault, in operation: StaticString) {
        switch fault {
        case .disk(let error): self.init(error, in: operation)
        case .damage(let damage): self.init(.corrupt, in: operation, underlying: damage)
        }
    }
}
