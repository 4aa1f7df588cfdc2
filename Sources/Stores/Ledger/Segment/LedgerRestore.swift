package import Basics
package import FilesDriver
internal import Integrity
package import Model
internal import OpenSSLDriver
internal import Ports

/// Why a dump cannot be loaded.
package enum LedgerRestoreError: Error, Sendable, CustomStringConvertible {
    /// The line says what cannot be: its position, and what is wrong with it.
    case line(position: Int64, String)
    case open(LedgerOpenError)
    case disk(DiskError)

    package var description: String {
        switch self {
        case .line(let position, let reason): "position \(position): \(reason)"
        case .open(let error): "\(error)"
        case .disk(let error): "\(error)"
        }
    }
}

/// Writes a ledger anew from the lines of a dump, position by position: the same leaves, hence the same root.
///
/// For a folder that holds nothing but, perhaps, a `head.key`. What it leaves after an error is of no use: load into a
/// folder that takes its place only when `finish` returned. Blocks.
package final class LedgerRestore {
    private static let groupSize = 1024

    private let disk: any Disk
    private let options: SegmentLedger.Options
    private let clock: any WallClock
    private let randomness: any Randomness
    private let recovery: LedgerRecovery
    private let hashing = LedgerHashing()
    private var kept: KeptSegmentWriter?
    private var progress = LedgerProgress()
    private var writer: LedgerWriter?
    private var group: [DumpedEvent] = []
    /// Subjects with forgotten events whose forget has not come yet, with the first such event.
    private var awaited: [SubjectID: Int64] = [:]
    private var next: Int64 = 0
    private var received = HybridTime.zero

    package init(
        disk: any Disk,
        options: SegmentLedger.Options = SegmentLedger.Options(),
        clock: any WallClock,
        randomness: any Randomness,
        masterKey: [UInt8]? = nil
    ) {
        self.disk = disk
        self.options = options
        self.clock = clock
        self.randomness = randomness
        recovery = LedgerRecovery(
            disk: disk,
            purpose: .writing,
            masterKey: masterKey,
            clock: clock,
            randomness: randomness,
            options: options
        )
    }

    /// Takes the next line in.
    package func add(_ line: DumpLine) throws(LedgerRestoreError) {
        switch line {
        case .leaf(let leaf): try add(leaf)
        case .event(let event): try add(event)
        }
    }

    /// Writes and syncs the rest, and leaves a signed head; answers the head of what was loaded.
    package func finish() throws(LedgerRestoreError) -> TreeHead {
        let writer = try startedWriter()
        try flush(writer)
        if let missing = awaited.min(by: { $0.value < $1.value }) {
            throw .line(position: missing.value, "it is forgotten, and no forget of its subject follows")
        }
        switch writer.stop() {
        case .success(let signed): return signed.head
        case .failure(let error): throw .line(position: next, "its head cannot be kept: \(error)")
        }
    }

    // MARK: Below the first position that retention kept

    private func add(_ leaf: DumpedLeaf) throws(LedgerRestoreError) {
        let position = leaf.position.index
        guard writer == nil, group.isEmpty else {
            throw .line(position: position, "a line with `leaf` cannot follow an event")
        }
        guard position == next else { throw .line(position: position, "position \(next) is missing before it") }
        if kept == nil { try beginKept() }
        var entry = KeptEntry(position: position, leaf: leaf.leaf)
        entry.agent = leaf.agent
        entry.number = leaf.number
        entry.key = leaf.key
        if leaf.key != nil { progress.keys += 1 }
        entry.publicKey = leaf.publicKey
        entry.subject = leaf.subject
        if let agent = leaf.agent {
            let fingerprint = Fingerprints(try identity())(.agent, agent.text)
            if let number = leaf.number { progress.numbered.raise(fingerprint, to: number.value) }
            if leaf.publicKey != nil { progress.bound.add(fingerprint, position) }
        }
        do throws(DiskError) {
            try kept?.add(entry)
        } catch { throw .disk(error) }
        next += 1
        if let size = kept?.part.end, size > options.segmentBytes { try endKept() }
    }

    private func identity() throws(LedgerRestoreError) -> LedgerIdentity {
        do throws(LedgerOpenError) { return try recovery.identity() } catch { throw .open(error) }
    }

    private func beginKept() throws(LedgerRestoreError) {
        let identity = try identity()
        let header = SegmentHeader(
            identity: identity,
            first: next,
            seed: randomness.bytes(4).integer(at: 0),
            shape: .kept,
            created: clock.milliseconds(),
            keysBelow: progress.keys,
            rootBelow: progress.frontier.root(with: hashing)
        )
        do throws(DiskError) {
            let name = SegmentFormat.name(first: next)
            kept = try KeptSegmentWriter(
                header,
                file: try disk.open(name, .create),
                name: name,
                frontier: progress.frontier,
                received: (0, 0, 0),
                slots: 0,
                fingerprints: Fingerprints(identity),
                hashing: hashing
            )
        } catch { throw .disk(error) }
    }

    private func endKept() throws(LedgerRestoreError) {
        do throws(LedgerFault) {
            _ = try kept?.finish(numbered: progress.numbered.pairs, bound: progress.bound.pairs)
        } catch { throw .open(LedgerOpenError(error)) }
        if let frontier = kept?.frontier { progress.frontier = frontier }
        kept = nil
    }

    // MARK: Events

    private func startedWriter() throws(LedgerRestoreError) -> LedgerWriter {
        if let writer { return writer }
        try endKept()
        do throws(LedgerOpenError) {
            let recovered = try recovery.run(witnesses: [], end: .kept)
            let start: LedgerWriter.Start
            do throws(DiskError) { start = try recovery.start(recovered) } catch { throw LedgerOpenError.disk(error) }
            let shared = LedgerShared(recovered, start: start, disk: disk)
            let started = LedgerWriter(
                shared: shared,
                options: options,
                clock: clock,
                randomness: randomness,
                requests: BlockingQueue(),
                start: start
            )
            writer = started
            return started
        } catch { throw .open(error) }
    }

    private func add(_ event: DumpedEvent) throws(LedgerRestoreError) {
        let head = event.head
        let position = head.position.index
        guard position == next else { throw .line(position: position, "position \(next) is missing before it") }
        guard head.received >= received else {
            throw .line(position: position, "it was received before the one below it")
        }
        try check(event)
        let writer = try startedWriter()
        let isForget = LedgerForget.isSaid(by: head)
        if !isForget {
            guard head.agent.isReserved == head.type.isReserved else {
                throw .line(position: position, "agent prima and types prima. are reserved")
            }
            if event.content == .forgotten, awaited[head.owner] == nil { awaited[head.owner] = position }
        }
        received = head.received
        next += 1
        if isForget { try flush(writer) }
        group.append(event)
        if isForget || group.count == Self.groupSize { try flush(writer) }
        if isForget, let subject = head.subject {
            awaited[subject] = nil
            do throws(DiskError) { try writer.destroyKey(of: subject, forgottenAt: position) } catch {
                throw .disk(error)
            }
        }
    }

    /// What a line claims about itself: commitment, hash, signature.
    private func check(_ event: DumpedEvent) throws(LedgerRestoreError) {
        let head = event.head
        let position = head.position.index
        if case .open(let salt, let body) = event.content,
            hashing.hasher.hash(salt.bytes.raw, body.encoded.raw) != head.commit
        {
            throw .line(position: position, "`commit` is not the hash of its salt and data")
        }
        let canonical = head.canonical
        guard hashing.leaf(canonical.raw) == event.hash else {
            throw .line(position: position, "`hash` is not the hash of its canonical bytes")
        }
        guard let signature = head.signature else {
            if head.writer == .signed { throw .line(position: position, "its writer is signed, and it is not") }
            return
        }
        let message = CanonicalEvent.signed(head.event(body: .empty), commit: head.commit)
        guard let key = head.publicKey,
            Ed25519.verify(signature: signature.bytes, message: message, publicKey: key.bytes)
        else { throw .line(position: position, "`signature` is not by its public key") }
    }

    private func flush(_ writer: LedgerWriter) throws(LedgerRestoreError) {
        guard let first = group.first?.head.position.index else { return }
        writer.serveWaiting()
        switch writer.restore(group) {
        case .success: group.removeAll(keepingCapacity: true)
        case .failure(let error): throw Self.refused(error, from: first)
        }
    }

    private static func refused(_ error: AppendError, from first: Int64) -> LedgerRestoreError {
        switch error {
        case .refused(let refusals):
            let index = refusals.first?.index ?? 0
            return .line(position: first + Int64(index), "it contradicts an event below: \(refusals.map(\.reason))")
        case .store(let error, _): return .line(position: first, "it cannot be written: \(error)")
        }
    }
}
