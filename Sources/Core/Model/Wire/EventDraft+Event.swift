import Basics

extension EventDraft {
    /// The event that a client sent; nil when it is not a valid one, which `problems` says then.
    ///
    /// `isSound` tells whether every field that is there was valid.
    func event(_ problems: inout FieldProblems, isSound: Bool) -> Event? {
        var isWhole = isSound
        func refuse(_ code: FieldProblem.Code, _ field: EventField, _ message: String) {
            problems.add(code, at: field, message)
            isWhole = false
        }
        guard isObject else { return nil }
        if !present.contains(.agent) { refuse(.required, .agent, "it says who speaks, and is needed") }
        if !present.contains(.type) { refuse(.required, .type, "it says what happened, and is needed") }
        if let agent, agent.isReserved { refuse(.reserved, .agent, "only Prima itself speaks as `prima`") }
        if let type, type.isReserved { refuse(.reserved, .type, "types that begin with `prima.` are Prima's own") }
        if present.contains(.signature) {
            if !present.contains(.publicKey) { refuse(.required, .publicKey, "a signature needs the key it is by") }
            if !present.contains(.salt) { refuse(.required, .salt, "a signature needs the salt it covers") }
        } else if present.contains(.publicKey) {
            refuse(.required, .signature, "a key is shown by a signature with it")
        }
        guard isWhole, let agent, let type else { return nil }
        return event(agent: agent, type: type)
    }

    func event(agent: AgentID, type: EventType) -> Event {
        Event(
            agent: agent,
            type: type,
            body: body ?? .empty,
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
}
