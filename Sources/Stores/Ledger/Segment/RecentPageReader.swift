internal import Basics
internal import Model
internal import Ports

/// Makes a page from the newest events, without the disk: nil where they do not reach.
struct RecentPageReader {
    /// A filter looks at every event: at more of them an index is faster.
    private static let filteredLimit: Int64 = 1024

    private let query: LedgerQuery
    private let extent: LedgerExtent

    init(_ query: LedgerQuery, extent: LedgerExtent) {
        self.query = query
        self.extent = extent
    }

    /// What `PageReader` would answer.
    func page(of recent: RecentEvents) -> LedgerPage? {
        guard query.order == .ascending, query.from == nil, query.to == nil, query.limit > 0 else { return nil }
        let lower = max(extent.first, query.after + 1)
        let upper = min(extent.size, query.before ?? extent.size)
        guard lower < upper else { return nil }
        guard !query.isFiltered || upper - lower <= Self.filteredLimit else { return nil }
        let count = query.isFiltered ? Int(upper - lower) : query.limit + 1
        guard let groups = recent.groups(from: lower, to: upper, count: count) else { return nil }
        var events: [StoredEvent] = []
        var bytes = 0
        for group in groups {
            let places = Int(max(0, lower - group.first))..<Int(min(group.end, upper) - group.first)
            for place in places {
                let entry = group.entries[place]
                let position = Position(group.first + Int64(place))
                let head = entry.head(at: position)
                guard query.matches(head) else { continue }
                guard events.count < query.limit, bytes < query.byteLimit else {
                    let examined = position.index - 1
                    return LedgerPage(
                        events: events,
                        next: events.last?.position.index ?? examined,
                        examined: examined,
                        durable: extent.durable
                    )
                }
                let event = entry.event(head, hash: group.leaves[place])
                bytes += event.canonical.count + entry.prepared.event.body.encoded.count
                events.append(event)
            }
        }
        return LedgerPage(events: events, next: nil, examined: upper - 1, durable: extent.durable)
    }
}

extension RecentEvents.Entry {
    func head(at position: Position) -> EventHead {
        EventHead(prepared.event, commit: prepared.commit, position: position, received: received, writer: writer)
    }

    func event(_ head: EventHead, hash: ContentHash) -> StoredEvent {
        var canonical: [UInt8] = []
        canonical.reserveCapacity(prepared.maximumByteCount)
        prepared.encode(position: head.position, received: received, writer: writer, into: &canonical)
        return StoredEvent(
            head: head,
            canonical: canonical,
            hash: hash,
            content: .open(prepared.salt, prepared.event.body)
        )
    }
}
