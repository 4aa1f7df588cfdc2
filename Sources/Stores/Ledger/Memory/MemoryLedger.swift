package import Basics
internal import Integrity
package import Model
internal import OpenSSLDriver
package import Ports

/// The ledger in memory: the model that every other engine is compared with, and the fake that tests start from.
///
/// Nothing is sealed and nothing survives the process; everything else is the contract of `Ledger`, said as plainly
/// as it can be said. Retention treats every event as a segment of its own.
package final class MemoryLedger: Ledger {
    private let log: Lock<MemoryLog>
    private let growth = Growth(size: 0)
    private let clock: any WallClock
    private let randomness: any Randomness
    private let signer: SigningKey

    package init(clock: any WallClock, randomness: any Randomness, keys: KeyHorizon = KeyHorizon()) {
        self.clock = clock
        self.randomness = randomness
        signer = SigningKey.generate(randomness: randomness)
        log = Lock(MemoryLog(keyHorizon: keys))
    }

    package var extent: LedgerExtent { log.withLock { $0.extent } }

    package func append(_ batch: [Submission]) async throws(AppendError) -> AppendReceipt {
        try append(Preparation(batch, randomness: randomness))
    }

    private func append(_ preparation: Preparation) throws(AppendError) -> AppendReceipt {
        let receipt = try log.withLock { log throws(AppendError) in
            try log.append(preparation, now: clock.milliseconds()) { randomness.bytes(SealingKey.keyByteCount) }
        }
        growth.grew(to: receipt.head.size)
        return receipt
    }

    package func read(_ query: LedgerQuery) async throws(StoreError) -> LedgerPage { log.withLock { $0.page(query) } }

    package func grown(beyond size: Int64) async throws(StoreError) { try await growth.wait(beyond: size) }

    package func root(at size: Int64) async throws(StoreError) -> ContentHash {
        try log.withLock { log throws(StoreError) in try log.root(at: size) }
    }

    package func inclusion(of position: Position, in size: Int64) async throws(StoreError) -> InclusionProof {
        try log.withLock { log throws(StoreError) in try log.inclusion(of: position, in: size) }
    }

    package func consistency(from: Int64, to: Int64) async throws(StoreError) -> ConsistencyProof {
        try log.withLock { log throws(StoreError) in try log.consistency(from: from, to: to) }
    }

    package func signedHead() async throws(StoreError) -> SignedTreeHead {
        let head = log.withLock { $0.head }
        let time = clock.milliseconds()
        guard let signature = Signature(signer.sign(head.signedBytes(time: time))),
            let publicKey = PublicKey(signer.publicKey)
        else { preconditionFailure("an Ed25519 key signs with 64 bytes and has 32") }
        return SignedTreeHead(head: head, time: time, signature: signature, publicKey: publicKey)
    }

    package func forget(_ subject: SubjectID, by writer: Writer) async throws(AppendError) -> Forgetting {
        let event = Event(agent: .prima, type: .forget, subject: subject)
        let preparation = Preparation([Submission(event, by: writer)], randomness: randomness)
        let (forgetting, size) = try log.withLock { log throws(AppendError) in
            (try log.forget(subject, saying: preparation, now: clock.milliseconds()), log.size)
        }
        growth.grew(to: size)
        return forgetting
    }

    package func retain(from position: Position) async throws(StoreError) -> Position {
        log.withLock { $0.retain(from: position) }
    }
}
