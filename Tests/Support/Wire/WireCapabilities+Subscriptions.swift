import Basics
import Capability
import Model

/// The subscriptions of the recordings.
extension WireCapabilities {
    struct Events: Sendable {
        let pause: Int64
        let last: Int64

        static let shape = Shape.object(
            Events.init,
            Field.assumed("pauseMs", \.pause, .integer(in: 0...1000), 0, "How long to wait before each."),
            Field.assumed("upTo", \.last, .integer(in: 0...1000), 3, "The last of them.")
        )
    }

    struct Moment: Sendable {
        let n: Int64
        let at: Instant

        static let shape = Shape.object(Moment.init, Field("n", \.n, .integer), Field("at", \.at, .instant))
    }

    static let events = Capability.subscription(
        "wire.events",
        "Counts, from the one after the last that the caller has had.",
        access: .anyone,
        sharing: .everySite,
        input: Events.shape,
        output: Moment.shape,
        example: Events(pause: 0, last: 3)
    ) { events, call in
        Feed(from: call.lastEventID.flatMap { Int64($0) } ?? 0) { (n: inout Int64) async throws(Refusal) in
            guard n < events.last else { return nil }
            await pause(events.pause)
            guard !Task.isCancelled else { return nil }
            n += 1
            return Tracked(Moment(n: n, at: Instant(milliseconds: instant.milliseconds + n)), id: String(n))
        }
    }

    static let ticks = Capability.subscription(
        "wire.ticks",
        "Counts to two, without identifiers.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: Number.shape,
        example: Nothing()
    ) { _, _ in
        Feed(from: Int64(0)) { (n: inout Int64) async throws(Refusal) in
            n += 1
            return n <= 2 ? Tracked(Number(n: n)) : nil
        }
    }

    static let silent = Capability.subscription(
        "wire.silent",
        "Says nothing, for as long as anybody listens.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: Number.shape,
        example: Nothing()
    ) { _, _ in
        Feed(from: Int64(0)) { (_: inout Int64) async throws(Refusal) in
            while !Task.isCancelled { await pause(1000) }
            return nil
        }
    }

    static let fragile = Capability.subscription(
        "wire.fragile",
        "Says one thing unless it is resumed, and is refused then.",
        access: .anyone,
        sharing: .everySite,
        input: Failure.shape,
        output: Number.shape,
        example: Failure(code: "FORBIDDEN"),
        ending: .refused(.forbidden)
    ) { failure, call in
        Feed(from: call.lastEventID == nil) { (isFresh: inout Bool) async throws(Refusal) in
            guard isFresh else { throw failure.refusal }
            isFresh = false
            return Tracked(Number(n: 1), id: "1")
        }
    }

    struct Allowed: Sendable {
        let allowed: Bool

        static let shape = Shape.object(Allowed.init, Field("allowed", \.allowed, .bool))
    }

    static let secret = Capability.subscription(
        "wire.secret",
        "Says that the caller may hear it.",
        access: .device,
        sharing: .everySite,
        input: .nothing,
        output: Allowed.shape,
        example: Nothing()
    ) { _, _ in
        Feed(from: true) { (isFresh: inout Bool) async throws(Refusal) in
            guard isFresh else { return nil }
            isFresh = false
            return Tracked(Allowed(allowed: true))
        }
    }
}
