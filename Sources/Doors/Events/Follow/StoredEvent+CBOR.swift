internal import Basics
internal import Model

extension StoredEvent {
    /// The event as JSON shows it, in deterministic CBOR: hashes, keys, signature and salt are byte strings.
    func encodedAsCBOR() -> [UInt8] {
        var fields: [(StaticString, (inout CBORWriter) -> Void)] = []
        func text(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            fields.append((name, { $0.text(text) }))
        }
        func bytes(_ name: StaticString, _ bytes: [UInt8]?) {
            guard let bytes else { return }
            fields.append((name, { $0.bytes(bytes) }))
        }
        let head = head
        // In the order of deterministic encoding: shorter names first, then letter by letter.
        if let at = head.at { fields.append(("at", { $0.integer(at) })) }
        text("key", head.key?.text)
        switch content {
        case .open(_, let body): fields.append(("data", { $0.bytes.append(body.encoded.raw) }))
        case .forgotten: fields.append(("data", { $0.null() }))
        }
        bytes("hash", hash.bytes)
        text("room", head.room?.text)
        if case .open(let salt, _) = content { bytes("salt", salt.bytes) }
        text("type", head.type.text)
        text("agent", head.agent.text)
        if let clock = head.clock { fields.append(("clock", { $0.entries(of: clock) })) }
        if let causes = head.causes { fields.append(("causes", { $0.positions(causes) })) }
        bytes("commit", head.commit.bytes)
        if let number = head.number { fields.append(("number", { $0.integer(number.value) })) }
        text("writer", head.writer.text)
        text("subject", head.subject?.text)
        fields.append(("position", { $0.integer(head.position.index) }))
        fields.append(("received", { $0.time(head.received) }))
        if case .forgotten = content { fields.append(("forgotten", { $0.bool(true) })) }
        bytes("publicKey", head.publicKey?.bytes)
        bytes("signature", head.signature?.bytes)
        var out = CBORWriter()
        out.map(fields.count)
        for (name, write) in fields {
            out.field(name)
            write(&out)
        }
        return out.bytes
    }
}

extension CBORWriter {
    fileprivate mutating func entries(of clock: VectorClock) {
        map(clock.count)
        for entry in clock.entries {
            text(entry.agent.text)
            integer(entry.counter)
        }
    }

    fileprivate mutating func positions(_ positions: [Position]) {
        array(positions.count)
        for position in positions { integer(position.index) }
    }

    fileprivate mutating func time(_ time: HybridTime) {
        array(2)
        integer(time.milliseconds)
        integer(Int64(time.counter))
    }
}
