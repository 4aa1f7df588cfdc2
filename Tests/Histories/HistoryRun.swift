import Basics
import Glibc
import SegmentHistories
import TestSupport

/// Plays a range of histories on every core, and tells how far it is.
final class HistoryRun: Sendable {
    private struct State {
        var next: UInt64
        var played: UInt64 = 0
        var failures: [HistoryFailure] = []
        var toldAt: ContinuousClock.Instant
    }

    /// After so many failures there is enough to think about.
    private static let limit = 3
    /// How often a history that failed is played again.
    private static let repeats = 20
    private static let silence: Duration = .seconds(10)

    private let all: Range<UInt64>
    private let say: @Sendable (String) -> Void
    private let clock = ContinuousClock()
    private let begun: ContinuousClock.Instant
    private let state: Lock<State>

    init(of all: Range<UInt64>, say: @escaping @Sendable (String) -> Void) {
        self.all = all
        self.say = say
        begun = clock.now
        state = Lock(State(next: all.lowerBound, toldAt: begun))
    }

    /// Whether all of them passed.
    func play() async -> Bool {
        // Half of a history's time belongs to the threads of its ledger.
        let players = 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<players {
                group.addTask { while let seed = self.take() { await self.play(seed) } }
            }
        }
        tell(state.withLock { $0.played })
        let failures = state.withLock { $0.failures }
        for failure in failures { await explain(failure) }
        return failures.isEmpty
    }

    private func take() -> UInt64? {
        state.withLock { state in
            guard state.next < all.upperBound, state.failures.count < Self.limit else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    private func play(_ seed: UInt64) async {
        var failure: HistoryFailure?
        do throws(HistoryFailure) { try await LedgerHistories.play(seed, .segments()) } catch { failure = error }
        let now = clock.now
        let due = state.withLock { state -> UInt64? in
            state.played += 1
            if let failure { state.failures.append(failure) }
            guard now - state.toldAt >= Self.silence else { return nil }
            state.toldAt = now
            return state.played
        }
        if let failure { say("FAILED \(failure)") }
        if let due { tell(due) }
    }

    private func tell(_ played: UInt64) {
        let seconds = (clock.now - begun) / Duration.seconds(1)
        let rate = Double(played) / max(seconds, 0.001)
        let left = Double(UInt64(all.count) - played) / max(rate, 0.001)
        let rest = "\(Int(left / 60)) min \(Int(left) % 60) s left"
        say("\(played) of \(all.count) histories, \(Int(rate)) a second, \(rest)")
    }

    private func explain(_ failure: HistoryFailure) async {
        var again = 0
        for _ in 0..<Self.repeats {
            do throws(HistoryFailure) { try await LedgerHistories.play(failure.seed, .segments()) } catch { again += 1 }
        }
        say("history \(failure.seed) failed, and again in \(again) of \(Self.repeats) replays")
        say("to repeat it: make soak HISTORIES=1 KILLS=0 SEED=\(failure.seed)")
    }
}
