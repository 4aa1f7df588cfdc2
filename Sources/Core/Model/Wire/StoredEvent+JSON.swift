import Basics

extension StoredEvent {
    /// Appends the event as every answer shows it: what was sent, and what the ledger adds.
    ///
    /// Fields that were not sent stay absent, but for `data`, which defaults to {}. A forgotten event has `data` null,
    /// `forgotten` true and no salt.
    package func writeJSON(into bytes: inout [UInt8]) {
        var out = JSONWriter(bytes: [])
        swap(&out.bytes, &bytes)
        out.begin()
        write(&out)
        swap(&out.bytes, &bytes)
    }

    private func write(_ out: inout JSONWriter) {
        out.openObject()
        out.field("position")
        out.integer(head.position.index)
        writeSent(&out)
        switch content {
        case .open(_, let body):
            out.field("data")
            write(body, &out)
        case .forgotten:
            out.field("data")
            out.null()
            out.field("forgotten")
            out.bool(true)
        }
        out.field("received")
        out.openArray()
        out.integer(head.received.milliseconds)
        out.integer(Int64(head.received.counter))
        out.closeArray()
        out.field("writer")
        out.text(head.writer.text)
        out.field("hash")
        out.hex(hash.bytes.raw)
        out.field("commit")
        out.hex(head.commit.bytes.raw)
        if case .open(let salt, _) = content {
            out.field("salt")
            out.hex(salt.bytes.raw)
        }
        out.closeObject()
    }

    /// The fields as they were sent, without the body and its salt.
    private func writeSent(_ out: inout JSONWriter) {
        out.field("agent")
        out.text(head.agent.text)
        if let number = head.number {
            out.field("number")
            out.integer(number.value)
        }
        out.field("type")
        out.text(head.type.text)
        write("room", head.room, &out)
        write("subject", head.subject, &out)
        if let at = head.at {
            out.field("at")
            out.integer(at)
        }
        if let clock = head.clock {
            out.field("clock")
            out.openObject()
            for entry in clock.entries {
                out.key(entry.agent.text)
                out.integer(entry.counter)
            }
            out.closeObject()
        }
        if let causes = head.causes {
            out.field("causes")
            out.openArray()
            for cause in causes { out.integer(cause.index) }
            out.closeArray()
        }
        write("key", head.key, &out)
        if let publicKey = head.publicKey {
            out.field("publicKey")
            out.hex(publicKey.bytes.raw)
        }
        if let signature = head.signature {
            out.field("signature")
            out.hex(signature.bytes.raw)
        }
    }

    private func write(_ field: StaticString, _ name: (some Identifier)?, _ out: inout JSONWriter) {
        guard let name else { return }
        out.field(field)
        out.text(name.text)
    }

    private func write(_ body: Body, _ out: inout JSONWriter) {
        var reader = CBORReader(body.encoded.raw)
        do throws(CBORError) {
            try out.value(from: &reader)
        } catch {
            preconditionFailure("a body is canonical CBOR: \(error)")
        }
    }
}

extension Body {
    /// Appends the content as JSON, without white space, keys in canonical order.
    package func writeJSON(into bytes: inout [UInt8]) {
        var out = JSONWriter(bytes: [])
        swap(&out.bytes, &bytes)
        out.begin()
        var reader = CBORReader(encoded.raw)
        do throws(CBORError) {
            try out.value(from: &reader)
        } catch {
            preconditionFailure("a body is canonical CBOR: \(error)")
        }
        swap(&out.bytes, &bytes)
    }
}
