package import Basics

/// The canonical bytes of an event: what is hashed, signed and proved.
///
/// Deterministic CBOR (RFC 8949 §4.2.1) of a map whose keys stand in the order of their encoded bytes: at, key, room,
/// type, agent, clock, causes, commit, number, writer, subject, position, received, publicKey, signature. Fields that
/// were not sent are left out; the body and its salt are present by their commitment only. Cannot change, ever.
package enum CanonicalEvent {
    /// Appends the canonical bytes of an event at its place in the ledger.
    package static func encode(
        _ event: Event,
        commit: ContentHash,
        position: Position,
        received: HybridTime,
        writer: Writer,
        into bytes: inout [UInt8]
    ) {
        append(to: &bytes) { out in
            out.map(placedFields + optionalFields(of: event))
            encodeFieldsBeforeWriter(event, commit: commit, into: &out)
            encode(writer, into: &out)
            encodeSubject(event, into: &out)
            encode(position, received, into: &out)
            encodePublicKey(event, into: &out)
            encodeSignature(event, into: &out)
        }
    }

    /// What a signature covers: the same map without position, received, writer and signature.
    package static func signed(_ event: Event, commit: ContentHash) -> [UInt8] {
        var out = CBORWriter()
        out.map(3 + optionalFields(of: event) - (event.signature == nil ? 0 : 1))
        encodeFieldsBeforeWriter(event, commit: commit, into: &out)
        encodeSubject(event, into: &out)
        encodePublicKey(event, into: &out)
        return out.bytes
    }

    // MARK: Pieces, in their order; PreparedEvent puts the same ones together

    /// Fields that every placed event has: type, agent, commit, writer, position, received.
    static let placedFields = 6

    static func optionalFields(of event: Event) -> Int {
        var count = 0
        if event.at != nil { count += 1 }
        if event.key != nil { count += 1 }
        if event.room != nil { count += 1 }
        if event.clock != nil { count += 1 }
        if event.causes != nil { count += 1 }
        if event.number != nil { count += 1 }
        if event.subject != nil { count += 1 }
        if event.publicKey != nil { count += 1 }
        if event.signature != nil { count += 1 }
        return count
    }

    static func encodeFieldsBeforeWriter(_ event: Event, commit: ContentHash, into out: inout CBORWriter) {
        if let at = event.at {
            out.field("at")
            out.integer(at)
        }
        if let key = event.key {
            out.field("key")
            out.text(key.text)
        }
        if let room = event.room {
            out.field("room")
            out.text(room.text)
        }
        out.field("type")
        out.text(event.type.text)
        out.field("agent")
        out.text(event.agent.text)
        if let clock = event.clock { encode(clock, into: &out) }
        if let causes = event.causes {
            out.field("causes")
            out.array(causes.count)
            for cause in causes { out.integer(cause.index) }
        }
        out.field("commit")
        out.head(0x40, UInt64(ContentHash.byteCount))
        commit.append(to: &out.bytes)
        if let number = event.number {
            out.field("number")
            out.integer(number.value)
        }
    }

    private static func encode(_ clock: VectorClock, into out: inout CBORWriter) {
        out.field("clock")
        out.map(clock.count)
        for entry in clock.entries {
            out.text(entry.agent.text)
            out.integer(entry.counter)
        }
    }

    static func encode(_ writer: Writer, into out: inout CBORWriter) {
        out.field("writer")
        out.text(writer.text)
    }

    static func encodeSubject(_ event: Event, into out: inout CBORWriter) {
        guard let subject = event.subject else { return }
        out.field("subject")
        out.text(subject.text)
    }

    static func encode(_ position: Position, _ received: HybridTime, into out: inout CBORWriter) {
        out.field("position")
        out.integer(position.index)
        out.field("received")
        out.array(2)
        out.integer(received.milliseconds)
        out.integer(Int64(received.counter))
    }

    static func encodePublicKey(_ event: Event, into out: inout CBORWriter) {
        guard let publicKey = event.publicKey else { return }
        out.field("publicKey")
        out.head(0x40, UInt64(Limits.publicKeyBytes))
        publicKey.append(to: &out.bytes)
    }

    static func encodeSignature(_ event: Event, into out: inout CBORWriter) {
        guard let signature = event.signature else { return }
        out.field("signature")
        out.head(0x40, UInt64(Limits.signatureBytes))
        signature.append(to: &out.bytes)
    }

    /// Lends `bytes` to a writer, without a copy.
    static func append(to bytes: inout [UInt8], _ write: (inout CBORWriter) -> Void) {
        var out = CBORWriter()
        swap(&out.bytes, &bytes)
        write(&out)
        swap(&out.bytes, &bytes)
    }
}
