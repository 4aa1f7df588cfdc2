package import Basics
package import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver

/// Checks a ledger whole: every checksum, position, root, look-up, commitment, signature, key and head.
///
/// It only reads, beside a running server too, and goes on after what it finds, segment by segment.
package struct LedgerVerifier {
    private let disk: any Disk
    private let recovery: LedgerRecovery
    private let hashing = LedgerHashing()
    private var found = LedgerVerification()

    package init(
        disk: any Disk,
        options: SegmentLedger.Options = SegmentLedger.Options(),
        clock: any WallClock,
        randomness: any Randomness,
        masterKey: [UInt8]? = nil
    ) {
        self.disk = disk
        recovery = LedgerRecovery(
            disk: disk,
            purpose: .reading,
            masterKey: masterKey,
            clock: clock,
            randomness: randomness,
            options: options
        )
    }

    /// Walks over everything.
    ///
    /// `witnesses` are positions that views have applied. Blocks.
    package consuming func verify(witnesses: [Int64] = []) -> LedgerVerification {
        let recovered: LedgerRecovery.Recovered
        do { recovered = try recovery.run(witnesses: witnesses) } catch {
            found.report("\(error)")
            return found
        }
        found.size = recovered.progress.next
        found.first = recovered.parts.first { $0.header.shape == .full }?.first ?? found.size
        found.segments = recovered.parts.count
        found.root = recovered.progress.frontier.root(with: hashing)
        found.tail = recovered.tail
        var progress = LedgerProgress()
        for part in recovered.parts {
            do throws(LedgerFault) { try checkStructure(of: part, recovered, &progress) } catch {
                found.report("\(LedgerOpenError(error))")
                return found
            }
        }
        let forgets = Dictionary(progress.forgets.map { ($0.subject, $0.position) }) { max($0, $1) }
        checkContents(recovered, forgets)
        checkKeys(recovered, progress.forgets)
        checkHeads(recovered)
        return found
    }

    // MARK: Structure

    /// Reads a segment as if it were not sealed, and compares what that gives with the footer that it has.
    private mutating func checkStructure(
        of part: SegmentPart,
        _ recovered: LedgerRecovery.Recovered,
        _ progress: inout LedgerProgress
    ) throws(LedgerFault) {
        if part.header.rootBelow != progress.frontier.root(with: hashing) {
            found.report("\(part.name): its header names another root than the events below it have")
        }
        if part.header.keysBelow != progress.keys, part.header.shape == .full {
            found.report("\(part.name): its header counts \(part.header.keysBelow) keys below, not \(progress.keys)")
        }
        var end: Int64?
        if case .sealed(let segment) = part { end = segment.trailer.dataEnd }
        var scan = try SegmentScan(
            file: part.file,
            name: part.name,
            header: part.header,
            progress: progress,
            fingerprints: Fingerprints(recovered.identity),
            hashing: hashing,
            options: recovery.options,
            sealedAt: end
        )
        scan.checksRoots = true
        try scan.run(&progress)
        guard case .sealed(let segment) = part else { return }
        try compareFooter(of: segment, scan.segment.snapshot(), progress, recovered)
    }

    private mutating func compareFooter(
        of segment: SealedSegment,
        _ state: OpenSegment.State,
        _ progress: LedgerProgress,
        _ recovered: LedgerRecovery.Recovered
    ) throws(LedgerFault) {
        var state = state
        if segment.header.shape == .kept {
            // A kept entry does not say when its event was received.
            state.firstReceived = segment.trailer.firstReceived
            state.lastReceived = segment.trailer.lastReceived
            state.lastCounter = segment.trailer.lastCounter
        }
        let sealer = SegmentSealer(
            header: segment.header,
            state: state,
            numbered: progress.numbered.pairs,
            bound: progress.bound.pairs,
            peaks: progress.frontier.peaks,
            forgetType: Fingerprints(recovered.identity)(.type, LedgerForget.typeText)
        )
        let expected = sealer.footer()
        var actual: [UInt8] = []
        do { _ = try segment.file.read(into: &actual, count: expected.count + 1, at: state.end) } catch {
            throw .disk(error)
        }
        if actual != expected {
            let place =
                zip(actual, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(actual.count, expected.count)
            found.report(
                "\(segment.name): its look-ups are not those of its events, from byte \(state.end + Int64(place)) on"
            )
        }
    }

    // MARK: Contents

    private mutating func checkContents(_ recovered: LedgerRecovery.Recovered, _ forgets: [SubjectID: Int64]) {
        let keyring = Lock(recovered.keyring)
        var last = HybridTime.zero
        for part in recovered.parts where part.header.shape == .full {
            var opener = BodyOpener(keyring)
            var position = part.first
            do throws(LedgerFault) {
                try RecordReader(part).records(in: 0..<part.count) { record throws(LedgerFault) in
                    check(record, at: position, &opener, &last, keyring, forgets)
                    position += 1
                    return true
                }
            } catch { found.report("\(LedgerOpenError(error))") }
        }
    }

    private mutating func check(
        _ record: Record,
        at position: Int64,
        _ opener: inout BodyOpener,
        _ last: inout HybridTime,
        _ keyring: Lock<Keyring>,
        _ forgets: [SubjectID: Int64]
    ) {
        guard let layout = record.layout,
            let head = try? EventHead(canonical: record.buffer.raw.extracting(layout.canonical)),
            head.position.index == position
        else { return found.report("position \(position): its bytes are not canonical") }
        if head.received < last { found.report("position \(position): it was received before the one below it") }
        last = head.received
        if let cause = head.causes?.first(where: { $0.index >= position }) {
            found.report("position \(position): its cause \(cause) is not below it")
        }
        let isOwn = LedgerForget.isSaid(by: head)
        if (layout.entry.slot == 0) != isOwn {
            found.report("position \(position): its body \(isOwn ? "is" : "is not") sealed")
        }
        let content: StoredEvent.Content
        do { content = try opener.content(of: record, layout.entry, body: layout.body, at: position) } catch {
            return found.report("\(LedgerOpenError(error))")
        }
        switch content {
        case .forgotten:
            if forgets[head.owner].map({ $0 <= position }) ?? true {
                found.report("position \(position): its key is gone, and its subject was never forgotten after it")
            }
        case .open(let salt, let body):
            if hashing.hasher.hash(salt.bytes.raw, body.encoded.raw) != head.commit {
                found.report("position \(position): its body does not match its commitment")
            }
        }
        checkKey(layout.entry.slot, of: head, keyring)
        checkSignature(of: head)
    }

    private mutating func checkKey(_ number: UInt32, of head: EventHead, _ keyring: Lock<Keyring>) {
        guard number != 0 else { return }
        let hasher = hashing.hasher
        let isRight = keyring.withLock { $0.slot(number)?.tag == $0.tag(of: head.owner, with: hasher) }
        if !isRight { found.report("position \(head.position): it is sealed under another subject's key") }
    }

    private mutating func checkSignature(of head: EventHead) {
        guard let signature = head.signature, let publicKey = head.publicKey else { return }
        let message = CanonicalEvent.signed(head.event(body: .empty), commit: head.commit)
        if !Ed25519.verify(signature: signature.bytes, message: message, publicKey: publicKey.bytes) {
            found.report("position \(head.position): its signature is not by its key")
        }
    }

    // MARK: Keys and heads

    private mutating func checkKeys(_ recovered: LedgerRecovery.Recovered, _ forgets: [ForgetRecord]) {
        let keyring = recovered.keyring
        let tags = Dictionary(forgets.map { ($0.position, keyring.tag(of: $0.subject, with: hashing.hasher)) }) {
            one,
            _ in one
        }
        for number in 1..<keyring.count + 1 {
            // Beside a running server a forget may be newer than what was walked over.
            guard let slot = keyring.slot(number), slot.state == .destroyed,
                slot.forgottenAt < recovered.progress.next
            else { continue }
            if tags[slot.forgottenAt] != slot.tag {
                found.report("keyring: key \(number) was destroyed, and no forget says so")
            }
        }
    }

    private mutating func checkHeads(_ recovered: LedgerRecovery.Recovered) {
        guard let record = recovered.heads?.newest else { return }
        if let signature = record.signature, let key = record.publicKey {
            let message = record.head.signedBytes(time: record.time)
            let isOurs = key.bytes == recovered.headKey.publicKey
            if !isOurs || !Ed25519.verify(signature: signature.bytes, message: message, publicKey: key.bytes) {
                found.report("heads: the signature of the head of \(record.head.size) events is not by the head key")
            }
        }
        var tree = LedgerTree(parts: recovered.parts, size: record.head.size, hashing: hashing)
        let root = try? MerkleProof.root(
            size: record.head.size,
            node: { level, index throws(LedgerFault) in try tree.node(level, index) },
            with: hashing
        )
        if root != record.head.root {
            found.report("heads: the first \(record.head.size) events have another root than the head says")
        }
    }
}
