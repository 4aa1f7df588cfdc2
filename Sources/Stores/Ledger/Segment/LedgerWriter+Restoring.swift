internal import Basics
internal import FilesDriver
internal import Model
internal import Ports

extension LedgerWriter {
    /// Writes events of a dump at the positions that they had; all of them must be new.
    func restore(_ events: [DumpedEvent]) -> Result<Void, AppendError> {
        guard let noSalt = Salt([UInt8](repeating: 0, count: Limits.saltBytes)) else {
            preconditionFailure("a salt has that many bytes")
        }
        let items = events.map { event in
            let (salt, body) =
                if case .open(let salt, let body) = event.content { (salt, body) } else { (noSalt, Body.empty) }
            return Preparation.Item(
                prepared: PreparedEvent(event.head.event(body: body), salt: salt, commit: event.head.commit),
                writer: event.head.writer
            )
        }
        let placements = events.map { event in
            LedgerEncoder.Placement(received: event.head.received, body: Self.form(of: event))
        }
        let bytes = items.reduce(256) { $0 + $1.prepared.maximumByteCount + $1.event.body.encoded.count + 64 }
        do throws(DiskError) { try makeRoom(bytes: bytes, events: items.count) } catch {
            return .failure(.store(StoreError(error, in: "make room for events"), uncertain: false))
        }
        let rows = items.map { shared.fingerprints.row(of: $0.event) }
        switch staging.take(items, rows, shared.current.parts, now: events.last?.head.received.milliseconds ?? 0) {
        case .failure(let error): return .failure(error)
        case .success(let accepted):
            if let index = accepted.duplicates.first {
                let number = AppendRefusal.Reason.numberReused(at: accepted.positions[index])
                return .failure(.refused([AppendRefusal(index: index, reason: number)]))
            }
        }
        do throws(DiskError) { try write(.given(placements)) } catch {
            return .failure(.store(StoreError(error, in: "append events"), uncertain: true))
        }
        return .success(())
    }

    private static func form(of event: DumpedEvent) -> LedgerEncoder.BodyForm {
        if LedgerForget.isSaid(by: event.head) { return .plain }
        return event.content == .forgotten ? .forgotten : .sealed
    }

    /// Destroys the key that seals what stands below a forget; there is none when nothing was sealed under it.
    func destroyKey(of subject: SubjectID, forgottenAt position: Int64) throws(DiskError) {
        let hasher = encoder.hashing.hasher
        let live = shared.keyring.withLock { keyring in keyring.liveSlot(of: keyring.tag(of: subject, with: hasher)) }
        guard let live else { return }
        try destroy(live, forgottenAt: position)
        encoder.forget(slot: live)
    }

    /// Serves what other threads sent; for a writer without a thread of its own.
    func serveWaiting() {
        var waiting: [LedgerRequest] = []
        while !requests.isEmpty {
            requests.takeAll(into: &waiting)
            for request in waiting { serve(request) }
        }
    }

    /// Ends a writer without a thread of its own.
    func stop() -> Result<SignedTreeHead, StoreError> {
        sealer?.join()
        serveWaiting()
        return witness()
    }
}
