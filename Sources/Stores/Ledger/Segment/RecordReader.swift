internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model

/// An entry or kept entry as it stands on disk, its checksum verified.
struct Record {
    let kind: SegmentFormat.FrameKind
    let buffer: [UInt8]
    /// Where the payload lies in `buffer`.
    let payload: Range<Int>

    /// Where the canonical bytes and the body of an entry lie in `buffer`; nil for a kept entry.
    var layout: (entry: EntryLayout, canonical: Range<Int>, body: Range<Int>)? {
        guard kind == .entry, let layout = EntryLayout(buffer.raw.extracting(payload)) else { return nil }
        return (layout, layout.canonical.shifted(by: payload.lowerBound), layout.body.shifted(by: payload.lowerBound))
    }
}

extension Range<Int> {
    func shifted(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }
}

/// Reads the entries of one segment by their places.
struct RecordReader {
    let part: SegmentPart

    init(_ part: SegmentPart) { self.part = part }

    /// One entry.
    func record(at place: Int) throws(LedgerFault) -> Record {
        var found: Record?
        try records(in: place..<place + 1) { record in
            found = record
            return true
        }
        guard let found else { throw damaged(place) }
        return found
    }

    /// The entries at neighbouring places, in order, until `visit` answers false.
    ///
    /// Large stretches are read in pieces.
    func records(in places: Range<Int>, _ visit: (Record) throws(LedgerFault) -> Bool) throws(LedgerFault) {
        guard !places.isEmpty else { return }
        let extent = try part.extent(of: places)
        var cursor = FrameCursor(
            file: part.file,
            seed: part.header.seed,
            from: extent.lowerBound,
            to: extent.upperBound,
            chunk: 1 << 18
        )
        var place = places.lowerBound
        while place < places.upperBound {
            let step: FrameCursor.Step
            do { step = try cursor.next() } catch { throw .disk(error) }
            guard case .frame(let frame) = step else { throw damaged(place) }
            if frame.kind == .commit { continue }
            let record = Record(kind: frame.kind, buffer: cursor.buffer, payload: frame.payload)
            guard try visit(record) else { return }
            place += 1
        }
    }

    private func damaged(_ place: Int) -> LedgerFault {
        .damage(.damaged(part.name, "the event at position \(part.first + Int64(place)) cannot be read"))
    }

    /// The leaf hash of one event.
    func leaf(at place: Int, with hashing: LedgerHashing) throws(LedgerFault) -> ContentHash {
        if case .open(let segment) = part { return segment.leaf(place) }
        return try leaf(of: try record(at: place), at: place, with: hashing)
    }

    /// The leaf hash of a record that was read.
    func leaf(of record: Record, at place: Int, with hashing: LedgerHashing) throws(LedgerFault) -> ContentHash {
        if let layout = record.layout { return hashing.leaf(record.buffer.raw.extracting(layout.canonical)) }
        guard let kept = KeptEntry(record.buffer.raw.extracting(record.payload)) else { throw damaged(place) }
        return kept.leaf
    }

    /// The forget at a place; nil when something else stands there.
    func forget(at place: Int) throws(LedgerFault) -> ForgetRecord? {
        let record = try record(at: place)
        guard let layout = record.layout else {
            guard let kept = KeptEntry(record.buffer.raw.extracting(record.payload)), let subject = kept.subject
            else { return nil }
            return ForgetRecord(position: kept.position, subject: subject)
        }
        let type = LedgerForget.typeBytes
        let canonical = record.buffer.raw.extracting(layout.canonical)
        guard let fields = try? CanonicalFields(canonical),
            canonical.extracting(fields.type).isSame(as: type.raw),
            let range = fields.subject, let subject = try? SubjectID(canonical.extracting(range).text)
        else { return nil }
        return ForgetRecord(position: fields.position.index, subject: subject)
    }

    /// When an event was received, in milliseconds.
    func received(at place: Int) throws(LedgerFault) -> Int64 {
        let record = try record(at: place)
        guard let layout = record.layout,
            let fields = try? CanonicalFields(record.buffer.raw.extracting(layout.canonical))
        else { throw damaged(place) }
        return fields.received.milliseconds
    }
}

/// The event that says that a subject was forgotten.
enum LedgerForget {
    static let typeText = "prima.forget"
    static let agentText = "prima"
    static let typeBytes = Array(typeText.utf8)

    static let type: EventType = {
        guard let type = try? EventType(typeText) else { preconditionFailure("prima.forget is an event type") }
        return type
    }()

    static let agent: AgentID = {
        guard let agent = try? AgentID(agentText) else { preconditionFailure("prima is an agent") }
        return agent
    }()

    /// Whether an event is one; others of Prima's own are sealed like everybody's.
    static func isSaid(by head: EventHead) -> Bool { head.agent == agent && head.type == type }
}
