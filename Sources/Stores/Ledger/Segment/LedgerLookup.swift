internal import Basics
internal import Model
internal import Ports

/// Finds what stands in the ledger under a number or a key.
///
/// For the writer's thread.
struct LedgerLookup {
    /// An event that is there already.
    enum Existing {
        case staged(Int)
        case stored(EventHead, StoredEvent.Content)
        case kept(KeptEntry)
    }

    let shared: LedgerShared
    let horizon: KeyHorizon

    /// Reads the event at a durable position.
    func stored(at position: Int64, _ parts: [SegmentPart]) throws(LedgerFault) -> Existing {
        guard let index = parts.index(holding: position) else {
            throw .damage(.damaged("the ledger", "a look-up points at position \(position), which is not there"))
        }
        let part = parts[index]
        let record = try RecordReader(part).record(at: Int(position - part.first))
        guard let layout = record.layout else {
            guard let kept = KeptEntry(record.buffer.raw.extracting(record.payload)) else {
                throw .damage(.damaged(part.name, "what was kept of position \(position) cannot be read"))
            }
            return .kept(kept)
        }
        guard let head = try? EventHead(canonical: record.buffer.raw.extracting(layout.canonical)) else {
            throw .damage(.damaged(part.name, "the event at position \(position) is not canonical"))
        }
        var opener = BodyOpener(shared.keyring)
        let content = try opener.content(of: record, layout.entry, body: layout.body, at: position)
        return .stored(head, content)
    }

    /// Positions in sealed segments under a number's fingerprint, newest first.
    func sealedPositions(number fingerprint: UInt64, _ parts: [SegmentPart]) throws(LedgerFault) -> [Int64] {
        var found: [Int64] = []
        for part in parts.reversed() {
            guard case .sealed(let segment) = part else { continue }
            for place in try segment.numbered(fingerprint).reversed() { found.append(segment.first + Int64(place)) }
        }
        return found
    }

    /// Positions in sealed segments under a key's fingerprint, newest first, but for segments beyond the horizon.
    func sealedPositions(
        key fingerprint: UInt64,
        _ parts: [SegmentPart],
        keys: Int64,
        now: Int64
    )
        throws(LedgerFault) -> [Int64]
    {
        var found: [Int64] = []
        for part in parts.reversed() {
            guard case .sealed(let segment) = part else { continue }
            let newer = keys - segment.trailer.keysThrough
            guard horizon.holds(received: segment.trailer.lastReceived, newer: newer, now: now) else { break }
            for place in try segment.numbered(fingerprint).reversed() { found.append(segment.first + Int64(place)) }
        }
        return found
    }

    /// When an event was received; for a kept one, when the last of its segment was.
    func received(_ existing: Existing, at position: Int64, _ parts: [SegmentPart]) -> Int64 {
        switch existing {
        case .staged: Int64.max
        case .stored(let head, _): head.received.milliseconds
        case .kept: parts.index(holding: position).map { parts[$0].received.last } ?? 0
        }
    }
}
