internal import Basics
package import Model
package import Ports

extension SegmentLedger {
    /// The lines of a dump from a position on: events whole, and what retention left of those below `extent.first`.
    ///
    /// At most `limit` of them; none at the end.
    package func lines(from position: Int64, limit: Int) async throws(StoreError) -> [DumpLine] {
        let extent = extent
        guard position < extent.first else {
            var query = LedgerQuery()
            query.after = position - 1
            query.limit = limit
            return try await read(query).events.map { event in
                .event(DumpedEvent(head: event.head, hash: event.hash, content: event.content))
            }
        }
        return try await blocking("dump") { shared throws(LedgerFault) in
            try Self.keptLines(shared.current.parts, from: position, to: min(extent.first, position + Int64(limit)))
        }
    }

    private static func keptLines(
        _ parts: [SegmentPart],
        from start: Int64,
        to end: Int64
    ) throws(LedgerFault)
        -> [DumpLine]
    {
        var lines: [DumpLine] = []
        for part in parts where part.first < end && part.end > start {
            let places = Int(max(start, part.first) - part.first)..<Int(min(end, part.end) - part.first)
            try RecordReader(part).records(in: places) { record throws(LedgerFault) in
                guard let kept = KeptEntry(record.buffer.raw.extracting(record.payload)) else {
                    throw .damage(.damaged(part.name, "what was kept of an event cannot be read"))
                }
                let line = DumpedLeaf(
                    position: Position(kept.position),
                    leaf: kept.leaf,
                    agent: kept.agent,
                    number: kept.number,
                    key: kept.key,
                    publicKey: kept.publicKey,
                    subject: kept.subject
                )
                lines.append(.leaf(line))
                return true
            }
        }
        return lines
    }
}
