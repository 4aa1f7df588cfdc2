package import Basics

/// What the canonical bytes of an event say: all of it but the body and its salt.
package struct EventHead: Sendable, Hashable {
    package var agent: AgentID
    package var type: EventType
    package var subject: SubjectID?
    package var number: EventNumber?
    package var key: IdempotencyKey?
    package var at: Int64?
    package var room: RoomID?
    package var clock: VectorClock?
    package var causes: [Position]?
    package var publicKey: PublicKey?
    package var signature: Signature?
    package var commit: ContentHash
    package var position: Position
    package var received: HybridTime
    package var writer: Writer

    package init(
        _ event: Event,
        commit: ContentHash,
        position: Position,
        received: HybridTime,
        writer: Writer
    ) {
        agent = event.agent
        type = event.type
        subject = event.subject
        number = event.number
        key = event.key
        at = event.at
        room = event.room
        clock = event.clock
        causes = event.causes
        publicKey = event.publicKey
        signature = event.signature
        self.commit = commit
        self.position = position
        self.received = received
        self.writer = writer
    }

    /// Whose data the body is: the subject, or else the agent.
    package var owner: SubjectID { subject ?? SubjectID(unchecked: agent.text) }

    /// The event that this is the head of, with its body.
    ///
    /// The salt is left to the caller: sent or not, it reads alike.
    package func event(body: Body, salt: Salt? = nil) -> Event {
        Event(
            agent: agent,
            type: type,
            body: body,
            subject: subject,
            number: number,
            key: key,
            at: at,
            room: room,
            clock: clock,
            causes: causes,
            publicKey: publicKey,
            signature: signature,
            salt: salt
        )
    }

    /// The canonical bytes that say this.
    package var canonical: [UInt8] {
        var bytes: [UInt8] = []
        CanonicalEvent.encode(
            event(body: .empty),
            commit: commit,
            position: position,
            received: received,
            writer: writer,
            into: &bytes
        )
        return bytes
    }
}
