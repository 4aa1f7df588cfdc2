internal import Basics
internal import Model
internal import OpenSSLDriver

/// Makes the idempotency key of an event from its content, under the secret of its subject.
///
/// Keys enter the tree. Without the secret, which a forget destroys, nobody can try a guess at the content against one.
struct ContentKey {
    /// At most so many bytes are added to an event by its key.
    static let maximumByteCount = 80

    private let code: HMACSHA256

    /// Takes the subject's key.
    init(secret: [UInt8]) { code = HMACSHA256(key: secret) }

    func key(of event: Event, occurrence: Int, with hasher: SHA256Hasher) -> IdempotencyKey {
        let code = code.code(of: Self.message(event, occurrence).raw, with: hasher)
        return IdempotencyKey(unchecked: Hex.text(code.bytes))
    }

    /// CBOR of a label, which keeps this use of the secret apart from all others, and of what tells the event apart.
    private static func message(_ event: Event, _ occurrence: Int) -> [UInt8] {
        var writer = CBORWriter()
        writer.bytes.reserveCapacity(event.body.encoded.count + 96)
        writer.array(6)
        writer.field("prima event content")
        writer.text(event.agent.text)
        writer.text(event.type.text)
        if let at = event.at { writer.integer(at) } else { writer.null() }
        writer.integer(Int64(occurrence))
        writer.bytes(event.body.encoded)
        return writer.bytes
    }
}
