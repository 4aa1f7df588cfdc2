internal import Basics
internal import Model

/// Counts the idempotency keys of a segment below a place: which of them a horizon by count still holds.
///
/// Asked only for keys that are older than the horizon's time, so the sealed segment at its edge is read once.
struct KeyRanks {
    private var first: Int64 = -1
    /// The places of the events with a key, in order.
    private var places: [Int] = []

    /// How many events below `place` in its segment carry a key.
    mutating func rank(of place: Int, in part: SegmentPart) throws(LedgerFault) -> Int64 {
        switch part {
        case .open(let segment):
            var count: Int64 = 0
            segment.snapshot().forEachRow { at, row in if at < place, row.key != 0 { count += 1 } }
            return count
        case .sealed(let segment):
            if first != segment.first {
                places = try Self.places(in: segment)
                first = segment.first
            }
            return Int64(places.count { $0 < place })
        }
    }

    private static func places(in segment: SealedSegment) throws(LedgerFault) -> [Int] {
        var places: [Int] = []
        var place = 0
        try RecordReader(.sealed(segment)).records(in: 0..<segment.count) { record throws(LedgerFault) in
            if Self.hasKey(record) { places.append(place) }
            place += 1
            return true
        }
        return places
    }

    private static func hasKey(_ record: Record) -> Bool {
        guard let layout = record.layout else {
            return KeptEntry(record.buffer.raw.extracting(record.payload))?.key != nil
        }
        return (try? CanonicalFields(record.buffer.raw.extracting(layout.canonical)))?.key != nil
    }
}
