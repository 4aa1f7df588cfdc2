package import Model

/// What a handler knows of a call besides its input.
package struct Call: Sendable {
    package let caller: Caller
    /// When it came in.
    package let now: Instant
    /// What the call is called in answers and logs.
    package let requestID: String
    package let origin: Origin
    /// What a query is to show; what it waits for has happened when the handler runs.
    package var moment: Moment
    /// The device that the input names: unproven.
    package var said: String?
    /// The last value of a subscription that the caller has had.
    package var lastEventID: String?

    package init(
        caller: Caller,
        now: Instant,
        requestID: String,
        origin: Origin,
        moment: Moment = .present,
        lastEventID: String? = nil
    ) {
        self.caller = caller
        self.now = now
        self.requestID = requestID
        self.origin = origin
        self.moment = moment
        self.lastEventID = lastEventID
    }

    /// How a call came in.
    package struct Origin: Sendable, Equatable {
        package enum Door: String, Sendable { case trpc, rest, socket, command }

        package let door: Door
        /// Whether a page of a foreign site is behind it.
        package let isForeign: Bool

        package init(door: Door, isForeign: Bool) {
            self.door = door
            self.isForeign = isForeign
        }
    }

    /// Which state a query shows.
    package enum Moment: Sendable, Equatable {
        /// What is known now, and not less than up to `after`, if that was asked for.
        case present
        case position(Position)
        case time(Instant)
    }
}
