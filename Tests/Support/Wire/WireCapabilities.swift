import Basics
package import Capability
package import Model

/// The procedures that the recordings were made with, declared as their README says.
package enum WireCapabilities {
    package static let token = "wire-device-token"
    package static let device = "3f0d9a52-6c1e-4b7a-9d53-0a4f8a2f6b10"
    /// The instant at which everything was recorded.
    package static let instant = Instant(milliseconds: 1_781_954_400_000)

    package static let all = [
        echo, store, nothing, slow, fail, limited, later, list, broken, events, ticks, silent, fragile, secret,
    ]

    /// Everybody is who the recorded token says; nobody is counted.
    package static func dispatch(_ more: [Capability] = []) -> Dispatch {
        Dispatch(
            CapabilityTable(all + more),
            Dispatch.Guards(
                identify: { evidence, _ in
                    guard let shown = evidence.token else { return .anyone }
                    guard shown == token else { return .unproven(reason: "the device token is not valid") }
                    return .device(Caller.Device(id: DeviceID(unchecked: device), platform: "ios"))
                },
                count: { _, _ in },
                reach: { _ in },
                hasOperator: false
            )
        )
    }

    // MARK: Answers

    static let echo = Capability.query(
        "wire.echo",
        "Answers its input.",
        access: .anyone,
        sharing: .everySite,
        input: .any,
        output: .any,
        example: .entries(["n": 1])
    ) { input, _ in input }

    static let store = Capability.mutation(
        "wire.store",
        "Answers its input.",
        access: .anyone,
        sharing: .everySite,
        input: .any,
        output: .any,
        example: .entries(["n": 1])
    ) { input, _ in input }

    static let nothing = Capability.query(
        "wire.nothing",
        "Answers no value.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: .nothing,
        example: Nothing()
    ) { _, _ in Nothing() }

    struct Slow: Sendable {
        let milliseconds: Int64
        let value: Datum

        static let shape = Shape.object(
            Slow.init,
            Field("ms", \.milliseconds, .integer(in: 0...1000), "How long it waits."),
            Field("value", \.value, .any, "What it answers then.")
        )
    }

    struct Kept: Sendable {
        let value: Datum

        static let shape = Shape.object(Kept.init, Field("value", \.value, .any))
    }

    static let slow = Capability.query(
        "wire.slow",
        "Waits, and answers its value.",
        access: .anyone,
        sharing: .everySite,
        input: Slow.shape,
        output: Kept.shape,
        example: Slow(milliseconds: 1, value: "late")
    ) { slow, _ in
        await pause(slow.milliseconds)
        return Kept(value: slow.value)
    }

    // MARK: Refusals

    struct Failure: Sendable {
        let code: String

        static let shape = Shape.object(Failure.init, Field("code", \.code, .text, "The code to refuse with."))

        var refusal: Refusal {
            Refusal(Refusal.Code(rawValue: code) ?? .internalError, "refused: \(code)")
        }
    }

    static let fail = Capability.query(
        "wire.fail",
        "Refuses with the code that it is given.",
        access: .anyone,
        sharing: .everySite,
        input: Failure.shape,
        output: .nothing,
        example: Failure(code: "CONFLICT"),
        ending: .refused(.conflict)
    ) { (failure, _) async throws(Refusal) in throw failure.refusal }

    static let limited = Capability.mutation(
        "wire.limited",
        "Refuses because it was called too often.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: .nothing,
        example: Nothing(),
        ending: .refused(.tooManyRequests)
    ) { (_, _) async throws(Refusal) in throw Refusal(.tooManyRequests, "too many: wait 10 s", retryAfterSeconds: 10) }

    // MARK: Later

    struct Later: Sendable {
        let first: Int64
        let second: Promise<Third>

        static let shape = Shape.object(
            Later.init,
            Field("first", \.first, .integer),
            Field("second", \.second, .promise(of: Third.shape))
        )
    }

    struct Third: Sendable {
        let third: Instant

        static let shape = Shape.object(Third.init, Field("third", \.third, .instant))
    }

    static let later = Capability.query(
        "wire.later",
        "Answers one part at once, and another after a while.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: Later.shape,
        example: Nothing()
    ) { _, _ in
        Later(
            first: 1,
            second: Promise {
                await pause(60)
                return Third(third: instant)
            }
        )
    }

    struct Number: Sendable {
        let n: Int64

        static let shape = Shape.object(Number.init, Field("n", \.n, .integer))
    }

    static let list = Capability.query(
        "wire.list",
        "Answers two values one after the other, and ends with a word.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: Shape.series(of: Number.shape, ending: .text),
        example: Nothing()
    ) { _, _ in
        let count = Lock<Int64>(0)
        return Series { () async throws(Refusal) in
            let n = count.withLock { count in
                count += 1
                return count
            }
            return n <= 2 ? .element(Number(n: n)) : .end("end")
        }
    }

    static let broken = Capability.query(
        "wire.broken",
        "Answers one value, and breaks.",
        access: .anyone,
        sharing: .everySite,
        input: .nothing,
        output: Shape.series(of: Number.shape, ending: .text),
        example: Nothing()
    ) { _, _ in
        let count = Lock<Int64>(0)
        return Series { () async throws(Refusal) in
            let n = count.withLock { count in
                count += 1
                return count
            }
            guard n == 1 else { throw Refusal(.conflict, "broken after one") }
            return .element(Number(n: n))
        }
    }

    /// What was recorded waits by the clock of the machine.
    static func pause(_ milliseconds: Int64) async {
        guard milliseconds > 0 else { return }
        try? await ContinuousClock().sleep(for: .milliseconds(milliseconds))
    }
}
