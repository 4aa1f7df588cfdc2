package import Model
package import Ports

/// A fold of the ledger into tables.
///
/// The rows are a pure function of the ledger's prefix and of what is forgotten in it: no clock, no randomness, no
/// order of a hash table, nothing read but the view's own rows. So a view can be dropped and made again, and two that
/// have applied the same position hold the same rows. Prima's own events are events like others.
package protocol View: Sendable {
    /// The name, the version and the tables. A fold that changes its meaning has a higher version.
    var schema: ViewSchema { get }

    /// The types of events that the fold looks at; empty for all. Events of other types are not even read for it.
    var interest: [EventType] { get }

    /// Folds the next events in, in their order; called once for each event, whatever crashes.
    ///
    /// The body of an event may be forgotten already: what came from it is then left out. A failure is a defect or a
    /// store's: the transaction is taken back, and the same events come again.
    func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError)

    /// Drops what came from the bodies of the subject below `position`.
    ///
    /// Called between the events below the `prima.forget` at `position` and that event itself. Afterwards the rows are
    /// those that the same events give when these bodies are forgotten from the start: a rebuild must agree.
    func forget(
        _ subject: SubjectID,
        before position: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError)
}

extension View {
    package var name: ViewName { schema.name }
    package var interest: [EventType] { [] }

    /// Folds a page in and advances to its end, with each forget at its place.
    func fold(
        _ events: [StoredEvent],
        through end: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        var done = 0
        for (index, event) in events.enumerated() where event.isForget {
            if index > done { try apply(events[done..<index], in: transaction) }
            try forget(event.head.owner, before: event.position, in: transaction)
            try transaction.owePurge()
            done = index
        }
        if done < events.count { try apply(events[done...], in: transaction) }
        try transaction.advance(to: end)
    }
}

extension StoredEvent {
    var isForget: Bool { head.agent == .prima && head.type == .forget }
}
