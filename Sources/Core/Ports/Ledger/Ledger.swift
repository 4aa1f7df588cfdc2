package import Basics
package import Model

/// The log of events: the truth that every view is made from.
///
/// The contract, which `LedgerConformance` checks on every engine:
/// - Positions begin at 0 and are dense. Position P is leaf P of the RFC 6962 tree, for ever.
/// - `append` is all or nothing, and returns when everything it answers for is on stable storage. A request that
///   is refused changed nothing; only a store error marked `uncertain` may leave the batch behind, whole or not at all.
/// - An event that is there already, by `(agent, number)` or by `(agent, key)`, keeps its first position: within
///   one batch, across batches, restarts and retention. Numbers are remembered for ever, keys for the horizon of
///   `Limits`. Other content under a used number or key is refused.
/// - An event that is recognised by its content gets its `key` here: a code under the key of its subject, so that
///   nobody can guess the content from it. The same content keeps its first position, whatever else differs, until its
///   subject is forgotten: afterwards nothing knows it any more, and it is new.
/// - Reading shows durable events only, each exactly as it was acknowledged, in order of position.
/// - `received` never decreases with the position.
/// - After `forget` returned, no body of that subject below its position can be opened again, by anyone; every
///   proof still verifies, and later events of the subject are sealed under a new key.
package protocol Ledger: Sendable {
    /// What can be read now.
    var extent: LedgerExtent { get }

    /// Appends a batch, or recognises what is there already.
    func append(_ batch: [Submission]) async throws(AppendError) -> AppendReceipt

    /// One page of the events that a query asks for.
    func read(_ query: LedgerQuery) async throws(StoreError) -> LedgerPage

    /// Returns when `extent.size` exceeds `size`; throws `cancelled` when the task is cancelled first.
    func grown(beyond size: Int64) async throws(StoreError)

    /// The root of the first `size` leaves.
    func root(at size: Int64) async throws(StoreError) -> ContentHash

    /// The audit path of a leaf in the tree of the first `size` leaves.
    func inclusion(of position: Position, in size: Int64) async throws(StoreError) -> InclusionProof

    /// The proof that the tree of `to` leaves extends the tree of `from` leaves.
    func consistency(from: Int64, to: Int64) async throws(StoreError) -> ConsistencyProof

    /// The current tree head, signed by the server's key.
    func signedHead() async throws(StoreError) -> SignedTreeHead

    /// Destroys the subject's key, after appending the event that says so.
    ///
    /// Nothing new to forget appends nothing and answers the latest forget. Redone at start after a crash.
    /// `writer` is how the one who asked was known: it stands in the event.
    func forget(_ subject: SubjectID, by writer: Writer) async throws(AppendError) -> Forgetting

    /// Drops whole segments below `position`, keeping leaf hashes, numbers, key bindings and forgets.
    ///
    /// Returns the first position that is still readable.
    func retain(from position: Position) async throws(StoreError) -> Position
}

/// What a ledger holds: the positions `first ..< size` can be read, and all of them are durable.
package struct LedgerExtent: Sendable, Hashable {
    package let first: Int64
    package let size: Int64
    package let bytes: Int64
    package let segments: Int

    package init(first: Int64, size: Int64, bytes: Int64, segments: Int) {
        self.first = first
        self.size = size
        self.bytes = bytes
        self.segments = segments
    }

    /// The highest position on stable storage, -1 when there is none.
    package var durable: Int64 { size - 1 }
}

/// An event on its way in, with how its writer was known.
package struct Submission: Sendable, Hashable {
    package let event: Event
    package let writer: Writer
    package let recognition: Recognition

    package init(_ event: Event, by writer: Writer, recognised recognition: Recognition = .declared) {
        precondition(recognition == .declared || event.key == nil, "its key is made of its content")
        self.event = event
        self.writer = writer
        self.recognition = recognition
    }
}

/// How a resend of an event is known.
package enum Recognition: Sendable, Hashable {
    /// By the number and the key that it carries, if it carries any.
    case declared
    /// By agent, type, `at` and body, and by which it is of the equals that were said together, from 0 on.
    case content(occurrence: Int, unknown: Unknown)

    /// What becomes of an event that is not there yet: one that is too old may only be a resend.
    package enum Unknown: Sendable, Hashable { case accepted, refused }
}

/// What an acknowledgement says.
package struct AppendReceipt: Sendable, Hashable {
    /// One for each event of the batch, in its order.
    package let positions: [Position]
    /// Indices of the events that were there already.
    package let duplicates: [Int]
    /// A tree head that covers every position of the answer, and the highest position known to be durable.
    package let head: TreeHead
    package let durable: Int64

    package init(positions: [Position], duplicates: [Int], head: TreeHead, durable: Int64) {
        self.positions = positions
        self.duplicates = duplicates
        self.head = head
        self.durable = durable
    }
}

/// Why nothing was acknowledged.
package enum AppendError: Error, Sendable {
    /// The batch is at fault and changed nothing; every refusal is of the same class.
    case refused([AppendRefusal])
    /// The store is at fault. Only when `uncertain` may the batch appear after a restart.
    case store(StoreError, uncertain: Bool)
}

/// What is wrong with one event of a batch.
package struct AppendRefusal: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// The signature is not of these bytes by this key.
        case badSignature
        /// A cause is not below the event's own position.
        case causeAhead(cause: Position)
        /// The number names another content, at this position.
        case numberReused(at: Position)
        /// The key names another content, at this position.
        case keyReused(at: Position)
        /// Number and key name different events.
        case numberAndKeyDisagree(number: Position?, key: Position?)
        /// It is not there, and was only to be recognised.
        case unknown
        /// The agent's first signed event bound another key, or this one is not signed.
        case agentHasKey(since: Position)
    }

    package let index: Int
    package let reason: Reason

    package init(index: Int, reason: Reason) {
        self.index = index
        self.reason = reason
    }
}

/// What a forget did.
package struct Forgetting: Sendable, Hashable {
    package let subject: SubjectID
    /// The position of the latest forget of the subject; nil when there was never anything to forget.
    package let position: Position?
    /// How many events lost their bodies now.
    package let events: Int64

    package init(subject: SubjectID, position: Position?, events: Int64) {
        self.subject = subject
        self.position = position
        self.events = events
    }
}
