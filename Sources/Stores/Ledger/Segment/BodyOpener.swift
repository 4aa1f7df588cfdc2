internal import Basics
internal import FilesDriver
internal import Model
internal import OpenSSLDriver

/// Opens sealed bodies.
///
/// Keeps the keys it used, so one is made for a page of events and let go with it.
struct BodyOpener {
    private let keyring: Lock<Keyring>
    private var keys: [UInt32: SealingKey] = [:]

    init(_ keyring: Lock<Keyring>) { self.keyring = keyring }

    /// What an entry's body holds; forgotten when its key was destroyed.
    mutating func content(
        of record: Record,
        _ layout: EntryLayout,
        body: Range<Int>,
        at position: Int64
    )
        throws(LedgerFault) -> StoredEvent.Content
    {
        let bytes = record.buffer.raw.extracting(body)
        guard layout.slot != 0 else { return try split(bytes, at: position) }
        guard let key = try key(layout.slot, at: position) else { return .forgotten }
        let payload = record.buffer.raw.extracting(record.payload)
        let nonce = Self.nonce(run: payload.extracting(layout.run).copy, position: position)
        guard let plain = key.open(bytes, nonce: nonce.raw) else {
            throw Self.damaged(position, "its body does not open under its key")
        }
        return try split(plain.raw, at: position)
    }

    private mutating func key(_ number: UInt32, at position: Int64) throws(LedgerFault) -> SealingKey? {
        let (slot, file, wrapping) = keyring.withLock { ($0.slot(number), $0.file, $0.wrapping) }
        guard let slot else { throw Self.damaged(position, "it names key \(number), which there is not") }
        guard slot.state == .live else { return nil }
        if let key = keys[number] { return key }
        let bytes: [UInt8]?
        do { bytes = try Keyring.readKey(number, file, wrapping) } catch { throw .disk(error) }
        guard let bytes else {
            // The key may have been destroyed between the two looks.
            if keyring.withLock({ $0.slot(number)?.state }) == .destroyed { return nil }
            throw LedgerFault.damage(.damaged(LedgerFiles.keyring, "key \(number) is spoilt"))
        }
        let key = SealingKey(key: bytes)
        if keys.count >= 1024 { keys = [:] }
        keys[number] = key
        return key
    }

    private func split(_ plain: RawSpan, at position: Int64) throws(LedgerFault) -> StoredEvent.Content {
        guard plain.byteCount >= SegmentFormat.saltSize,
            let salt = Salt(plain.extracting(0..<SegmentFormat.saltSize).copy),
            let body = try? Body(canonical: plain.extracting(SegmentFormat.saltSize..<plain.byteCount).copy)
        else { throw Self.damaged(position, "its body is not what an event's body is") }
        return .open(salt, body)
    }

    private static func damaged(_ position: Int64, _ reason: String) -> LedgerFault {
        .damage(.damaged("the event at position \(position)", reason))
    }

    /// run (6) ‖ position (6, big-endian): never twice under one key, since a run is drawn at each opening.
    static func nonce(run: [UInt8], position: Int64) -> [UInt8] {
        var nonce = run + [0, 0, 0, 0, 0, 0]
        place(position, in: &nonce)
        return nonce
    }

    /// Makes the nonce of a run that of a position.
    static func place(_ position: Int64, in nonce: inout [UInt8]) {
        for byte in 0..<6 { nonce[6 + byte] = UInt8(truncatingIfNeeded: position >> Int64(40 - 8 * byte)) }
    }
}
