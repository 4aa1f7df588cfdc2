internal import Basics
internal import Model
internal import Ports

/// The places in one segment where events may match a query's filters, forward or backward.
///
/// The most selective of the filtered fields is walked; what it points at is compared whole by the caller.
struct Candidates {
    private enum Source {
        case listed([Int])
        case postings([SealedPostings])
    }

    private var source: Source
    private var cursors: [Int64]
    private var index: Int
    private let places: Range<Int>

    /// Nil when nothing is filtered by a field: every place is a candidate.
    init?(
        _ query: LedgerQuery,
        _ part: SegmentPart,
        _ fingerprints: Fingerprints,
        _ places: Range<Int>
    )
        throws(LedgerFault)
    {
        let fields = Self.fields(of: query, fingerprints)
        guard !fields.isEmpty else { return nil }
        self.places = places
        switch part {
        case .open(let segment):
            let listed = Self.places(in: segment, matching: fields, within: places)
            source = .listed(listed)
            cursors = []
            index = query.order == .ascending ? 0 : listed.count
        case .sealed(let segment):
            var best: [SealedPostings]?
            for field in fields {
                var postings: [SealedPostings] = []
                for fingerprint in field.fingerprints {
                    if let found = try segment.postings(fingerprint) { postings.append(found) }
                }
                let size = postings.reduce(0) { $0 + $1.count }
                if best.map({ size < $0.reduce(0) { $0 + $1.count } }) ?? true { best = postings }
            }
            var chosen = best ?? []
            cursors = []
            let bound = query.order == .ascending ? places.lowerBound : places.upperBound
            for list in chosen.indices { cursors.append(try chosen[list].lowerBound(of: bound)) }
            source = .postings(chosen)
            index = 0
        }
    }

    /// One filtered field: the fingerprints of its values, each with the field of a row that may hold it.
    private struct Field {
        let fingerprints: [UInt64]
        let isIn: @Sendable (SegmentRow, Set<UInt64>) -> Bool
    }

    private static func fields(of query: LedgerQuery, _ fingerprints: Fingerprints) -> [Field] {
        var fields: [Field] = []
        if !query.agents.isEmpty {
            let values = query.agents.map { fingerprints(.agent, $0.text) }
            fields.append(Field(fingerprints: values) { $1.contains($0.agent) })
        }
        if !query.subjects.isEmpty {
            // An event without a subject belongs to its agent.
            let values = query.subjects.flatMap { [fingerprints(.subject, $0.text), fingerprints(.agent, $0.text)] }
            fields.append(Field(fingerprints: values) { $1.contains($0.subject == 0 ? $0.agent : $0.subject) })
        }
        if !query.types.isEmpty {
            let values = query.types.map { fingerprints(.type, $0.text) }
            fields.append(Field(fingerprints: values) { $1.contains($0.type) })
        }
        if !query.rooms.isEmpty {
            let values = query.rooms.map { fingerprints(.room, $0.text) }
            fields.append(Field(fingerprints: values) { $1.contains($0.room) })
        }
        return fields
    }

    private static func places(in segment: OpenSegment, matching fields: [Field], within places: Range<Int>) -> [Int] {
        let sets = fields.map { Set($0.fingerprints) }
        let rows = segment.rows()
        var found: [Int] = []
        var place = 0
        for chunk in rows.chunks.map(\.rows) + [rows.last] {
            defer { place += chunk.count }
            guard place < places.upperBound, place + chunk.count > places.lowerBound else { continue }
            for (offset, row) in chunk.enumerated() where places.contains(place + offset) {
                if zip(fields, sets).allSatisfy({ $0.isIn(row, $1) }) { found.append(place + offset) }
            }
        }
        return found
    }

    /// The next place upwards.
    mutating func next() throws(LedgerFault) -> Int? {
        switch source {
        case .listed(let listed):
            guard index < listed.count else { return nil }
            index += 1
            return listed[index - 1]
        case .postings(var lists):
            defer { source = .postings(lists) }
            var smallest: Int?
            for list in lists.indices where cursors[list] < lists[list].count {
                let place = try lists[list].place(cursors[list])
                smallest = min(smallest ?? place, place)
            }
            guard let smallest, smallest < places.upperBound else { return nil }
            for list in lists.indices where cursors[list] < lists[list].count {
                if try lists[list].place(cursors[list]) == smallest { cursors[list] += 1 }
            }
            return smallest
        }
    }

    /// The next place downwards.
    mutating func previous() throws(LedgerFault) -> Int? {
        switch source {
        case .listed(let listed):
            guard index > 0 else { return nil }
            index -= 1
            return listed[index]
        case .postings(var lists):
            defer { source = .postings(lists) }
            var largest: Int?
            for list in lists.indices where cursors[list] > 0 {
                let place = try lists[list].place(cursors[list] - 1)
                largest = max(largest ?? place, place)
            }
            guard let largest, largest >= places.lowerBound else { return nil }
            for list in lists.indices where cursors[list] > 0 {
                if try lists[list].place(cursors[list] - 1) == largest { cursors[list] -= 1 }
            }
            return largest
        }
    }
}
