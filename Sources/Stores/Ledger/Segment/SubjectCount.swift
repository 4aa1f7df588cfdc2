internal import Basics
internal import Model
internal import OpenSSLDriver
internal import Ports

/// Counts the events of a subject, forgets not among them.
struct SubjectCount {
    let shared: LedgerShared
    let subject: SubjectID

    func count(after: Int64, before: Int64) throws(LedgerFault) -> Int64 {
        let state = shared.current
        var query = LedgerQuery()
        query.subjects = [subject]
        var total: Int64 = 0
        for part in state.parts where part.header.shape == .full {
            let lower = max(after + 1, part.first)
            let upper = min(before, part.end)
            guard lower < upper else { continue }
            let places = Int(lower - part.first)..<Int(upper - part.first)
            guard var candidates = try Candidates(query, part, shared.fingerprints, places) else { continue }
            while let place = try candidates.next() {
                if try isCounted(RecordReader(part).record(at: place)) { total += 1 }
            }
        }
        return total
    }

    private func isCounted(_ record: Record) -> Bool {
        guard let layout = record.layout else { return false }
        let forget = LedgerForget.typeBytes
        let canonical = record.buffer.raw.extracting(layout.canonical)
        guard let fields = try? CanonicalFields(canonical) else { return false }
        return canonical.extracting(fields.owner).isSame(as: subject.text.utf8.raw)
            && !canonical.extracting(fields.type).isSame(as: forget.raw)
    }
}

/// Signs tree heads with the server's key.
struct HeadSigner {
    let key: SigningKey

    func sign(_ head: TreeHead, time: Int64) -> SignedTreeHead {
        guard let signature = Signature(key.sign(head.signedBytes(time: time))),
            let publicKey = PublicKey(key.publicKey)
        else { preconditionFailure("Ed25519 signatures have 64 bytes and keys 32") }
        return SignedTreeHead(head: head, time: time, signature: signature, publicKey: publicKey)
    }
}
