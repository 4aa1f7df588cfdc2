package import Model

/// The write that brings a losing value back: the same type and body, as a write that follows from both.
///
/// It carries a key of its own, so that a conflict is restored once however often it is asked for, and names winner and
/// loser as its causes: that is how a fold knows it.
package enum Restoration {
    private static let prefix = "restore:"

    /// `loser` is the event that lost, whose body must not be forgotten.
    package static func event(
        of loss: Loss,
        _ loser: StoredEvent,
        served: VectorClock,
        by agent: AgentID,
        at time: Int64
    ) -> Event? {
        guard let body = loser.body, loser.position == loss.loser else { return nil }
        let dots = [loss.winnerClock, loss.loserClock].flatMap(\.entries).compactMap { entry in
            EventNumber(entry.counter).map { Dot(agent: entry.agent, counter: $0) }
        }
        return Event(
            agent: agent,
            type: loser.head.type,
            body: body,
            subject: loser.head.owner,
            key: IdempotencyKey(unchecked: prefix + loss.loser.description),
            at: time,
            room: loser.head.room,
            clock: served.trimmed(toHold: dots),
            causes: [loss.loser, loss.winner].sorted()
        )
    }

    /// The conflict that an event restores; nil when it is none of these.
    package static func restored(by event: EventHead) -> Position? {
        guard let key = event.key?.text, key.hasPrefix(prefix), let index = Int64(key.dropFirst(prefix.count)),
            let position = Position(checking: index), event.causes?.contains(position) == true
        else { return nil }
        return position
    }
}
