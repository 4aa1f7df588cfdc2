internal import Basics

/// Lets each of many askers do something so many times in a window, and locks out who goes on.
///
/// A bucket per asker: full at first, and filled again at an even pace, so that no window's border lets twice as much
/// through. Who finds it empty is locked out for the block; asking meanwhile costs nothing and lengthens nothing. Time
/// comes from the caller, and may stand still, but not go back. At most `askers` are remembered: those beyond share one
/// bucket until others are full again and can be forgotten.
package final class RateLimiter: Sendable {
    package struct Rule: Sendable, Hashable {
        package let points: Int64
        package let windowSeconds: Int64
        package let blockSeconds: Int64

        /// Nil when a number is not positive, or is beyond a billion; a block may be 0.
        package init?(points: Int64, windowSeconds: Int64, blockSeconds: Int64 = 0) {
            let range: ClosedRange<Int64> = 1...1_000_000_000
            guard range.contains(points), range.contains(windowSeconds),
                blockSeconds == 0 || range.contains(blockSeconds)
            else { return nil }
            self.points = points
            self.windowSeconds = windowSeconds
            self.blockSeconds = blockSeconds
        }

        var window: Int64 { windowSeconds * 1_000_000_000 }
        /// How long a point takes to come back.
        var pointTime: Int64 { max(1, window / points) }
    }

    package enum Verdict: Sendable, Hashable {
        case granted
        /// Not before so many seconds have gone: at least one.
        case refused(retrySeconds: Int)
    }

    private struct Bucket {
        /// When it will be full again, if nothing more is taken.
        var fullAt: Int64
        var blockedUntil: Int64

        func saysNothing(at now: Int64) -> Bool { fullAt <= now && blockedUntil <= now }
    }

    private struct State {
        var buckets: [[UInt8]: Bucket] = [:]
        /// The bucket of all for whom there was no room.
        var others = Bucket(fullAt: .min, blockedUntil: .min)
        /// Looking through all buckets is worth it only now and then.
        var nextSweep = Int64.min
    }

    private let rule: Rule
    private let askers: Int
    private let state = Lock(State())

    package init(_ rule: Rule, askers: Int = 65_536) {
        precondition(askers > 0, "somebody is remembered")
        self.rule = rule
        self.askers = askers
    }

    /// Takes a point of `asker`'s, at `now` in nanoseconds.
    package func take(_ asker: [UInt8], now: Int64) -> Verdict {
        state.withLock { state in
            if let bucket = state.buckets[asker] {
                var bucket = bucket
                let verdict = take(&bucket, now)
                state.buckets[asker] = bucket
                return verdict
            }
            if state.buckets.count >= askers, state.nextSweep <= now {
                state.buckets = state.buckets.filter { !$0.value.saysNothing(at: now) }
                state.nextSweep = now + rule.window / 8
            }
            guard state.buckets.count < askers else { return take(&state.others, now) }
            var bucket = Bucket(fullAt: now, blockedUntil: now)
            let verdict = take(&bucket, now)
            state.buckets[asker] = bucket
            return verdict
        }
    }

    private func take(_ bucket: inout Bucket, _ now: Int64) -> Verdict {
        guard bucket.blockedUntil <= now else { return Self.refused(bucket.blockedUntil - now) }
        let fullAt = max(bucket.fullAt, now) + rule.pointTime
        guard fullAt - now > rule.window else {
            bucket.fullAt = fullAt
            return .granted
        }
        guard rule.blockSeconds > 0 else { return Self.refused(fullAt - now - rule.window) }
        bucket.blockedUntil = now + rule.blockSeconds * 1_000_000_000
        // After the block everything is forgiven.
        bucket.fullAt = bucket.blockedUntil
        return Self.refused(rule.blockSeconds * 1_000_000_000)
    }

    private static func refused(_ nanoseconds: Int64) -> Verdict {
        .refused(retrySeconds: Int((nanoseconds + 999_999_999) / 1_000_000_000))
    }
}
