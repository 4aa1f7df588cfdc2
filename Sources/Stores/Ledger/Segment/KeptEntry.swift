internal import Basics
internal import Model

/// What retention keeps of an event: its leaf, and what later events must still be held against.
struct KeptEntry {
    let position: Int64
    let leaf: ContentHash
    var agent: AgentID?
    var number: EventNumber?
    var key: IdempotencyKey?
    var publicKey: PublicKey?
    var subject: SubjectID?

    init(position: Int64, leaf: ContentHash) {
        self.position = position
        self.leaf = leaf
    }

    /// What is kept of an event; `bindsKey` when its agent's key was bound by it.
    init(_ head: EventHead, leaf: ContentHash, bindsKey: Bool) {
        self.init(position: head.position.index, leaf: leaf)
        number = head.number
        key = head.key
        publicKey = bindsKey ? head.publicKey : nil
        subject = head.type == LedgerForget.type ? head.subject : nil
        agent = number == nil && key == nil && publicKey == nil ? nil : head.agent
    }

    /// Canonical CBOR; keys in the order of their encodings.
    func encoded() -> [UInt8] {
        var fields: [(String, Value)] = [("position", .integer(position)), ("leaf", .bytes(leaf.bytes))]
        if let agent { fields.append(("agent", .text(agent.text))) }
        if let number { fields.append(("number", .integer(number.value))) }
        if let key { fields.append(("key", .text(key.text))) }
        if let publicKey { fields.append(("publicKey", .bytes(publicKey.bytes))) }
        if let subject { fields.append(("subject", .text(subject.text))) }
        var writer = CBORWriter()
        writer.value(.map(Fields(unique: fields)))
        return writer.bytes
    }

    /// Reads what `encoded` wrote; nil for anything else.
    init?(_ payload: RawSpan) {
        var reader = CBORReader(payload)
        guard case .map(let fields)? = try? reader.value(),
            case .integer(let position)? = fields["position"], position >= 0,
            case .bytes(let bytes)? = fields["leaf"], let leaf = ContentHash(bytes)
        else { return nil }
        self.init(position: position, leaf: leaf)
        if case .text(let text)? = fields["agent"] { agent = try? AgentID(text) }
        if case .integer(let value)? = fields["number"] { number = EventNumber(value) }
        if case .text(let text)? = fields["key"] { key = try? IdempotencyKey(text) }
        if case .bytes(let bytes)? = fields["publicKey"] { publicKey = PublicKey(bytes) }
        if case .text(let text)? = fields["subject"] { subject = try? SubjectID(text) }
    }

    /// What look-ups keep of it; forgets are found by type and subject.
    func row(_ fingerprints: Fingerprints) -> SegmentRow {
        var row = SegmentRow()
        if let agent {
            row.agent = fingerprints(.agent, agent.text)
            if let number { row.number = fingerprints.number(number.value, of: agent.text.utf8.raw) }
            if let key { row.key = fingerprints.key(key.text.utf8.raw, of: agent.text.utf8.raw) }
        }
        if let subject {
            row.subject = fingerprints(.subject, subject.text)
            row.type = fingerprints(.type, LedgerForget.typeText)
        }
        return row
    }
}
