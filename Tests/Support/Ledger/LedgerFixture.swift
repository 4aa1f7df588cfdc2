internal import Basics
package import Ports

/// Where an engine of `Ledger` keeps its events, for the conformance suite; a new fixture is an empty ledger.
package protocol LedgerFixture: Sendable {
    var endurance: LedgerEndurance { get }

    /// Opens the engine on what it left when it was closed, or on nothing.
    func open(_ setting: LedgerSetting) async throws -> any Ledger

    /// Stops the engine cleanly.
    func close(_ ledger: any Ledger) async throws
}

/// What outlives an engine.
package enum LedgerEndurance: Sendable {
    /// Nothing: a new engine is an empty one.
    case process
    /// All that was acknowledged.
    case files
}

/// What an engine is opened with.
package struct LedgerSetting: Sendable {
    package let clock = TestClock()
    package let randomness = SeededRandomness(seed: 7)
    /// How long idempotency keys are remembered.
    package var keyMilliseconds: Int64 = 7 * 24 * 60 * 60 * 1000
    package var keyCount: Int64 = 10_000_000

    package init() {}
}

/// A clock that stands still until a test moves it.
package final class TestClock: WallClock {
    private let now: Lock<Int64>

    package init(_ now: Int64 = 1_781_954_400_000) { self.now = Lock(now) }

    package func milliseconds() -> Int64 { now.withLock { $0 } }

    /// Moves the clock, forward or back.
    package func advance(by milliseconds: Int64) { now.withLock { $0 += milliseconds } }
}

/// Randomness that a seed repeats.
package final class SeededRandomness: Randomness {
    private let random: Lock<SeededRandom>

    package init(seed: UInt64) { random = Lock(SeededRandom(seed: seed)) }

    package func bytes(_ count: Int) -> [UInt8] { random.withLock { $0.bytes(count) } }
}
