package import Model

/// The recorded conflicts that are live, the newest fifty; those before are archived, never dropped.
///
/// It says what a table of conflicts and its archive have to change; it keeps the live ones only.
package struct ConflictShelf: Sendable, Hashable {
    package static let liveCount = 50

    package enum Status: String, Sendable, Hashable, CaseIterable { case open, restored, archived }

    /// A loss with where and when, as the table has it.
    package struct Conflict: Sendable, Hashable {
        package let subject: String
        package var loss: Loss
        /// When it was found: the time of the ledger.
        package let detected: Int64
        package var status = Status.open
        package var resolved: Int64?

        package var id: Position { loss.loser }

        package init(_ loss: Loss, of subject: String, detected: Int64) {
            self.subject = subject
            self.loss = loss
            self.detected = detected
        }
    }

    package enum Change: Sendable, Hashable {
        /// The row of a live conflict: a new one, or one that changed.
        case put(Conflict)
        /// The row leaves the live table for the archive, open ones as `archived`.
        case archive(Conflict)
        /// The row of an archived conflict has another winner now.
        case amendArchived(Loss)
        /// No conflict any more, wherever its row is: the write is current again.
        case drop(Position)
        /// The archived row is `restored` at this time.
        case restoreArchived(Position, resolved: Int64)
    }

    /// Oldest first.
    package private(set) var live: [Conflict] = []
    private let limit: Int

    /// Takes up the live rows, in whatever order.
    package init(_ live: [Conflict] = [], limit: Int = ConflictShelf.liveCount) {
        self.limit = limit
        self.live = live.sorted { ($0.detected, $0.id) < ($1.detected, $1.id) }
    }

    /// What a step of a subject's history changes; `isArchived` says whether a conflict stands in the archive.
    package mutating func take(
        _ outcome: WriteHistory.Outcome,
        of subject: String,
        detected: Int64,
        isArchived: (Position) -> Bool = { _ in false }
    ) -> [Change] {
        var changes: [Change] = []
        for position in outcome.regained {
            live.removeAll { $0.id == position }
            changes.append(.drop(position))
        }
        for loss in outcome.lost {
            if let place = live.firstIndex(where: { $0.id == loss.loser }) {
                live[place].loss = loss
                changes.append(.put(live[place]))
            } else if isArchived(loss.loser) {
                changes.append(.amendArchived(loss))
            } else {
                let conflict = Conflict(loss, of: subject, detected: detected)
                let place = live.firstIndex { ($0.detected, $0.id) > (detected, conflict.id) } ?? live.count
                live.insert(conflict, at: place)
                changes.append(.put(conflict))
            }
        }
        while live.count > limit {
            var oldest = live.removeFirst()
            if oldest.status == .open { oldest.status = .archived }
            changes.append(.archive(oldest))
        }
        return changes
    }

    /// Says that the losing value was written again.
    package mutating func restore(_ id: Position, at time: Int64) -> Change {
        guard let place = live.firstIndex(where: { $0.id == id }) else {
            return .restoreArchived(id, resolved: time)
        }
        live[place].status = .restored
        live[place].resolved = time
        return .put(live[place])
    }
}
