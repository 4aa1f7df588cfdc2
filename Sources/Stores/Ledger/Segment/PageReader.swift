internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

/// Finds and reads the events of one page.
struct PageReader {
    /// So many records are looked at for one page at most; a page may end early with less than was asked for.
    static let examinedLimit = 50_000

    private let parts: [SegmentPart]
    private let extent: LedgerExtent
    private let fingerprints: Fingerprints
    private let hashing = LedgerHashing()
    private let query: LedgerQuery
    private var opener: BodyOpener
    private var events: [StoredEvent] = []
    private var bytes = 0
    private var examined: Int64
    private var looks = 0
    private var hasMore = false

    init(
        _ query: LedgerQuery,
        parts: [SegmentPart],
        extent: LedgerExtent,
        fingerprints: Fingerprints,
        keyring: Lock<Keyring>
    ) {
        self.query = query
        self.parts = parts
        self.extent = extent
        self.fingerprints = fingerprints
        opener = BodyOpener(keyring)
        examined = query.order == .ascending ? query.after : query.before ?? extent.size
    }

    mutating func page() throws(LedgerFault) -> LedgerPage {
        let range = try positions()
        if query.order == .ascending {
            try ascend(range)
        } else {
            try descend(range)
        }
        if !hasMore {
            examined = query.order == .ascending ? max(query.after, range.upperBound - 1) : range.lowerBound
        }
        let next = hasMore ? (events.last.map { $0.head.position.index } ?? examined) : nil
        return LedgerPage(events: events, next: next, examined: examined, durable: extent.durable)
    }

    /// The positions that the query's bounds leave.
    private func positions() throws(LedgerFault) -> Range<Int64> {
        var lower = max(extent.first, query.after + 1)
        var upper = min(extent.size, query.before ?? extent.size)
        if let from = query.from { lower = max(lower, try firstPosition(receivedAtOrAfter: from)) }
        if let to = query.to { upper = min(upper, try firstPosition(receivedAtOrAfter: to)) }
        return lower < upper ? lower..<upper : lower..<lower
    }

    /// Time needs no index: `received` never decreases.
    private func firstPosition(receivedAtOrAfter time: Int64) throws(LedgerFault) -> Int64 {
        let readable = parts.filter { $0.header.shape == .full && $0.count > 0 }
        guard let part = readable.first(where: { $0.received.last >= time }) else { return extent.size }
        let reader = RecordReader(part)
        var low = 0
        var high = Int(min(part.end, extent.size) - part.first)
        while low < high {
            let middle = (low + high) / 2
            if try reader.received(at: middle) < time { low = middle + 1 } else { high = middle }
        }
        return part.first + Int64(low)
    }

    // MARK: Walking

    private func stretches(_ range: Range<Int64>) -> [(part: SegmentPart, places: Range<Int>)] {
        parts.compactMap { part in
            let lower = max(range.lowerBound, part.first)
            let upper = min(range.upperBound, part.end)
            guard lower < upper else { return nil }
            return (part, Int(lower - part.first)..<Int(upper - part.first))
        }
    }

    private mutating func ascend(_ range: Range<Int64>) throws(LedgerFault) {
        for stretch in stretches(range) {
            if var candidates = try Candidates(query, stretch.part, fingerprints, stretch.places) {
                while let place = try candidates.next() {
                    let record = try RecordReader(stretch.part).record(at: place)
                    guard try take(record, stretch.part, place) else { return }
                }
            } else {
                var goesOn = true
                var place = stretch.places.lowerBound
                let reader = RecordReader(stretch.part)
                try reader.records(in: stretch.places) { record throws(LedgerFault) in
                    goesOn = try take(record, stretch.part, place)
                    place += 1
                    return goesOn
                }
                guard goesOn else { return }
            }
        }
    }

    private mutating func descend(_ range: Range<Int64>) throws(LedgerFault) {
        for stretch in stretches(range).reversed() {
            var candidates = try Candidates(query, stretch.part, fingerprints, stretch.places)
            var place = stretch.places.upperBound
            while place > stretch.places.lowerBound {
                if candidates != nil {
                    guard let found = try candidates?.previous() else { break }
                    place = found
                } else {
                    place -= 1
                }
                let record = try RecordReader(stretch.part).record(at: place)
                guard try take(record, stretch.part, place) else { return }
            }
        }
    }

    /// Adds an event when it matches; false when the page is full, or enough was looked at.
    private mutating func take(_ record: Record, _ part: SegmentPart, _ place: Int) throws(LedgerFault) -> Bool {
        let position = part.first + Int64(place)
        guard looks < Self.examinedLimit else {
            hasMore = true
            return false
        }
        looks += 1
        guard let layout = record.layout,
            let head = try? EventHead(canonical: record.buffer.raw.extracting(layout.canonical))
        else { throw .damage(.damaged(part.name, "the event at position \(position) is not canonical")) }
        guard query.matches(head) else {
            examined = position
            return true
        }
        guard events.count < query.limit, bytes < query.byteLimit else {
            hasMore = true
            return false
        }
        examined = position
        bytes += record.payload.count
        let canonical = record.buffer.raw.extracting(layout.canonical)
        let content = try opener.content(of: record, layout.entry, body: layout.body, at: position)
        events.append(
            StoredEvent(head: head, canonical: canonical.copy, hash: hashing.leaf(canonical), content: content)
        )
        return true
    }
}
