internal import Basics
internal import Integrity
internal import Model

/// What look-ups keep of one event: where its frame begins, and its fingerprints.
struct SegmentRow: Sendable, BitwiseCopyable {
    var offset: UInt32 = 0
    var agent: UInt64 = 0
    /// Zero when the event names no subject, or no room.
    var subject: UInt64 = 0
    var type: UInt64 = 0
    var room: UInt64 = 0
    /// Zero without a number, or a key.
    var number: UInt64 = 0
    var key: UInt64 = 0
}

/// Fingerprints of what events are found by; they only point, and what they find is compared.
struct Fingerprints: Sendable {
    enum Domain: UInt8 { case number = 1, key, agent, subject, type, room }

    private let hash: SipHash

    init(_ identity: LedgerIdentity) { hash = identity.fingerprints }

    func callAsFunction(_ domain: Domain, _ text: String) -> UInt64 {
        nonZero(hash.hash(domain.rawValue, text.utf8.raw))
    }

    func callAsFunction(_ domain: Domain, _ text: borrowing RawSpan) -> UInt64 {
        nonZero(hash.hash(domain.rawValue, text))
    }

    func number(_ number: Int64, of agent: RawSpan) -> UInt64 {
        nonZero(hash.hash(Domain.number.rawValue, agent, UInt64(bitPattern: number)))
    }

    func key(_ key: RawSpan, of agent: RawSpan) -> UInt64 {
        var joined: [UInt8] = []
        joined.append(agent)
        joined.append(0)
        joined.append(key)
        return nonZero(hash.hash(Domain.key.rawValue, joined.raw))
    }

    /// Zero says "none" in a row.
    private func nonZero(_ fingerprint: UInt64) -> UInt64 { fingerprint == 0 ? 1 : fingerprint }

    /// The row of an event on its way in.
    func row(of event: Event) -> SegmentRow {
        let agent = event.agent.text.utf8.raw
        var row = SegmentRow()
        row.agent = self(.agent, agent)
        row.type = self(.type, event.type.text)
        if let subject = event.subject { row.subject = self(.subject, subject.text) }
        if let room = event.room { row.room = self(.room, room.text) }
        if let number = event.number { row.number = self.number(number.value, of: agent) }
        if let key = event.key { row.key = self.key(key.text.utf8.raw, of: agent) }
        return row
    }

    /// The row of an event that is stored.
    func row(of fields: CanonicalFields, in bytes: RawSpan) -> SegmentRow {
        let agent = bytes.extracting(fields.agent)
        var row = SegmentRow()
        row.agent = self(.agent, agent)
        row.type = self(.type, bytes.extracting(fields.type))
        if let subject = fields.subject { row.subject = self(.subject, bytes.extracting(subject)) }
        if let room = fields.room { row.room = self(.room, bytes.extracting(room)) }
        if let number = fields.number { row.number = self.number(number, of: agent) }
        if let key = fields.key { row.key = self.key(bytes.extracting(key), of: agent) }
        return row
    }
}
