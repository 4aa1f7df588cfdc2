internal import Model

/// Whether an event that comes under a used number or key is the event that used it.
///
/// The same are: every field that was sent (one that was left out is not the same as one that was sent), and the body;
/// not the signature, and the salt only when the resend brings one. A forgotten event has no body or salt any more,
/// and is the same when its head is.
enum Resend {
    static func isSame(_ event: Event, as head: EventHead, _ content: StoredEvent.Content) -> Bool {
        switch content {
        case .forgotten: haveSameHead(event, head.event(body: .empty))
        case .open(let salt, let body): isSame(event, as: head.event(body: body, salt: salt))
        }
    }

    /// `kept` holds the salt that it was committed with.
    static func isSame(_ event: Event, as kept: PreparedEvent) -> Bool {
        (event.salt == nil || event.salt == kept.salt) && event.body == kept.event.body
            && haveSameHead(event, kept.event)
    }

    private static func isSame(_ event: Event, as kept: Event) -> Bool {
        (event.salt == nil || event.salt == kept.salt) && event.body == kept.body && haveSameHead(event, kept)
    }

    private static func haveSameHead(_ event: Event, _ kept: Event) -> Bool {
        event.agent == kept.agent && event.type == kept.type && event.subject == kept.subject
            && event.number == kept.number && event.key == kept.key && event.at == kept.at
            && event.room == kept.room && event.clock == kept.clock && event.causes == kept.causes
            && event.publicKey == kept.publicKey
    }
}
