import Basics

/// Something that an agent says: what clients send and the ledger keeps.
///
/// Fields that were not sent are nil; a clock or causes that were sent empty stay present, since they are part of what
/// is hashed. Two events are equal when every field and the body are.
package struct Event: Sendable, Hashable {
    package var agent: AgentID
    package var type: EventType
    package var body: Body
    package var subject: SubjectID?
    package var number: EventNumber?
    package var key: IdempotencyKey?
    /// The agent's clock: milliseconds since 1970, within ±2⁵³.
    package var at: Int64?
    package var room: RoomID?
    package var clock: VectorClock?
    package var causes: [Position]?
    package var publicKey: PublicKey?
    package var signature: Signature?
    package var salt: Salt?

    package init(
        agent: AgentID,
        type: EventType,
        body: Body = .empty,
        subject: SubjectID? = nil,
        number: EventNumber? = nil,
        key: IdempotencyKey? = nil,
        at: Int64? = nil,
        room: RoomID? = nil,
        clock: VectorClock? = nil,
        causes: [Position]? = nil,
        publicKey: PublicKey? = nil,
        signature: Signature? = nil,
        salt: Salt? = nil
    ) {
        precondition(at.map { $0.magnitude <= UInt64(Limits.integer) } ?? true, "`at` is within ±2^53")
        precondition((causes?.count ?? 0) <= Limits.causes, "an event has at most \(Limits.causes) causes")
        self.agent = agent
        self.type = type
        self.body = body
        self.subject = subject
        self.number = number
        self.key = key
        self.at = at
        self.room = room
        self.clock = clock
        self.causes = causes
        self.publicKey = publicKey
        self.signature = signature
        self.salt = salt
    }

    /// Whose data the body is: the subject, or else the agent.
    package var owner: SubjectID { subject ?? SubjectID(unchecked: agent.text) }
}
