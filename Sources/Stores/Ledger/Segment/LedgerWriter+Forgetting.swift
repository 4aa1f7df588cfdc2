internal import Basics
internal import FilesDriver
internal import Model
internal import OpenSSLDriver
internal import Ports

extension LedgerWriter {
    /// Appends and syncs the forget, then destroys the key: a start after a crash in between does the rest.
    func forget(_ subject: SubjectID, by writer: Writer) -> Result<ForgetOutcome, AppendError> {
        settle()
        if let failure = shared.failure { return .failure(.store(failure, uncertain: false)) }
        let previous = lastForgets[subject]
        let hasher = encoder.hashing.hasher
        let live = shared.keyring.withLock { keyring in keyring.liveSlot(of: keyring.tag(of: subject, with: hasher)) }
        guard let live else {
            return .success(ForgetOutcome(position: previous.map { Position($0) }, previous: -1, isNew: false))
        }
        do throws(DiskError) {
            try makeRoom(bytes: 4096, events: 1)
        } catch {
            if error.kind != .full { shared.fail(StoreError(error, in: "make room for a forget")) }
            return .failure(.store(StoreError(error, in: "make room for a forget"), uncertain: false))
        }
        let position = staging.progress.next
        let event = Event(agent: LedgerForget.agent, type: LedgerForget.type, body: .empty, subject: subject)
        let prepared = Preparation([Submission(event, by: writer)], randomness: randomness)
        let now = max(clock.milliseconds(), staging.progress.received.milliseconds)
        do throws(DiskError) {
            staging.force(prepared.items[0], shared.fingerprints.row(of: event))
            try write(.now(now, .plain))
            try destroy(live, forgottenAt: position)
        } catch {
            let failure = StoreError(error, in: "forget a subject")
            shared.fail(failure)
            return .failure(.store(failure, uncertain: true))
        }
        encoder.forget(slot: live)
        lastForgets[subject] = position
        return .success(ForgetOutcome(position: Position(position), previous: previous ?? -1, isNew: true))
    }

    /// Overwrites a key and syncs.
    func destroy(_ slot: UInt32, forgottenAt position: Int64) throws(DiskError) {
        shared.recent.clear()
        let destroyed = shared.keyring.withLock { keyring -> Result<any DiskFile, DiskError> in
            do throws(DiskError) {
                try keyring.destroy(slot, forgottenAt: position)
                return .success(keyring.file)
            } catch { return .failure(error) }
        }
        _ = shared.keyring.withLock { $0.takeUnsynced() }
        try destroyed.get().sync()
    }
}
