internal import Basics
internal import FilesDriver
internal import Model
internal import Ports

/// What the writer is asked for, in order.
enum LedgerRequest: Sendable {
    case append(AppendRequest)
    case forget(SubjectID, Writer, CheckedContinuation<Result<ForgetOutcome, AppendError>, Never>)
    /// A segment was sealed in the background, or could not be.
    case sealed(first: Int64, SealedSegment?)
    /// The group that was on its way to the disk is there, or failed.
    case landed
    /// Ends the writer when all that came before is done, and leaves a signed head as a witness.
    case stop(CheckedContinuation<Result<SignedTreeHead, StoreError>, Never>)
}

/// A prepared batch on its way to the writer.
struct AppendRequest: Sendable {
    let items: [Preparation.Item]
    /// Bad signatures, which the batch is refused for, beside whatever else is wrong.
    let refusals: [AppendRefusal]
    let rows: [SegmentRow]
    /// Whether some of the events have their keys from their content, which only the writer can give.
    let isUnnamed: Bool
    /// At most so many bytes will be written for it.
    let bytes: Int
    /// Called once, on the writer's thread: it must not wait.
    let answer: @Sendable (Result<AppendReceipt, AppendError>) -> Void

    /// The batch with the keys that the contents of its events give them.
    func named(
        _ fingerprints: Fingerprints,
        by key: (Preparation.Item, SegmentRow) throws(DiskError) -> IdempotencyKey?
    ) throws(DiskError) -> AppendRequest {
        var items = items
        var rows = rows
        for index in items.indices {
            guard let key = try key(items[index], rows[index]) else { continue }
            items[index] = items[index].named(key)
            rows[index].key = fingerprints.key(key.text.utf8.raw, of: items[index].event.agent.text.utf8.raw)
        }
        return AppendRequest(
            items: items,
            refusals: refusals,
            rows: rows,
            isUnnamed: false,
            bytes: bytes,
            answer: answer
        )
    }

    /// Answers a batch of which nothing was written; `uncertain` when it may repeat what perhaps was.
    func refuse(_ failure: StoreError, uncertain: Bool) { answer(.failure(.store(failure, uncertain: uncertain))) }
}

/// What the writer did with a forget; who asked counts the events.
struct ForgetOutcome: Sendable {
    /// The latest forget of the subject.
    let position: Position?
    /// The one before, when this one was new.
    let previous: Int64
    let isNew: Bool
}
