package import Basics

/// An event whose canonical bytes are made but for what the ledger adds: position, received, writer.
///
/// Made by whoever sends it, so that the one writer of the ledger only puts pieces together: no encoding, no
/// allocation beyond the output. The bytes are those of `CanonicalEvent`. A class: it goes through many hands on its
/// way to the disk, and an event has many fields to copy.
package final class PreparedEvent: Sendable {
    package let event: Event
    package let salt: Salt
    package let commit: ContentHash

    /// The head and the fields before `writer`, then the subject, then the keys.
    private let pieces: [UInt8]
    private let beforeWriter: Int
    private let beforePosition: Int

    package init(_ event: Event, salt: Salt, commit: ContentHash) {
        self.event = event
        self.salt = salt
        self.commit = commit
        var out = CBORWriter()
        out.bytes.reserveCapacity(160 + event.agent.text.utf8.count + (event.signature == nil ? 0 : 128))
        out.map(CanonicalEvent.placedFields + CanonicalEvent.optionalFields(of: event))
        CanonicalEvent.encodeFieldsBeforeWriter(event, commit: commit, into: &out)
        beforeWriter = out.bytes.count
        CanonicalEvent.encodeSubject(event, into: &out)
        beforePosition = out.bytes.count
        CanonicalEvent.encodePublicKey(event, into: &out)
        CanonicalEvent.encodeSignature(event, into: &out)
        pieces = out.bytes
    }

    /// Appends the canonical bytes of the event at its place in the ledger.
    package func encode(position: Position, received: HybridTime, writer: Writer, into bytes: inout [UInt8]) {
        let pieces = pieces
        CanonicalEvent.append(to: &bytes) { out in
            out.bytes.append(pieces.raw.extracting(0..<beforeWriter))
            CanonicalEvent.encode(writer, into: &out)
            out.bytes.append(pieces.raw.extracting(beforeWriter..<beforePosition))
            CanonicalEvent.encode(position, received, into: &out)
            out.bytes.append(pieces.raw.extracting(beforePosition..<pieces.count))
        }
    }

    /// Whether the body is this subject's data.
    package func isOwned(by owner: SubjectID) -> Bool {
        if let subject = event.subject { return subject == owner }
        return event.agent.text.hasSameBytes(as: owner.text)
    }

    /// Appends salt ‖ body: what is sealed.
    package func appendSalted(to bytes: inout [UInt8]) {
        salt.append(to: &bytes)
        let body = event.body.encoded
        bytes.append(body.raw)
    }

    /// The most bytes that `encode` appends.
    package var maximumByteCount: Int { pieces.count + 64 }
}
