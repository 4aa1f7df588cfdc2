import Basics
import TestSupport
import Testing

@testable import Web

/// Limits: how much they let through, whom they lock out, and that they forget.
@Suite struct RateLimiterTests {
    private static let second: Int64 = 1_000_000_000

    private func rule(_ points: Int64, _ window: Int64, _ block: Int64 = 0) throws -> RateLimiter.Rule {
        try #require(RateLimiter.Rule(points: points, windowSeconds: window, blockSeconds: block))
    }

    @Test func rulesAreInRange() {
        for (points, window, block) in [(0, 1, 1), (1, 0, 1), (1, 1, -1), (-1, 1, 1), (2_000_000_000, 1, 1)]
            as [(Int64, Int64, Int64)]
        {
            #expect(RateLimiter.Rule(points: points, windowSeconds: window, blockSeconds: block) == nil)
        }
    }

    @Test func letsABurstThroughAndThenAnEvenPace() throws {
        let limiter = RateLimiter(try rule(5, 10))
        for _ in 0..<5 { #expect(limiter.take([1], now: 0) == .granted) }
        #expect(limiter.take([1], now: 0) == .refused(retrySeconds: 2))
        #expect(limiter.take([1], now: Self.second) == .refused(retrySeconds: 1), "asking lengthens nothing")
        #expect(limiter.take([1], now: 2 * Self.second) == .granted)
        #expect(limiter.take([1], now: 2 * Self.second) == .refused(retrySeconds: 2))
        #expect(limiter.take([2], now: 0) == .granted, "everybody has a bucket")
        for _ in 0..<5 { #expect(limiter.take([1], now: 100 * Self.second) == .granted) }
        #expect(limiter.take([1], now: 100 * Self.second) != .granted)
    }

    @Test func locksOutForTheBlock() throws {
        let limiter = RateLimiter(try rule(2, 60, 30))
        for _ in 0..<2 { #expect(limiter.take([], now: 0) == .granted) }
        #expect(limiter.take([], now: 0) == .refused(retrySeconds: 30))
        #expect(limiter.take([], now: 29 * Self.second + 1) == .refused(retrySeconds: 1))
        for _ in 0..<2 { #expect(limiter.take([], now: 30 * Self.second) == .granted, "then all is forgiven") }
        #expect(limiter.take([], now: 30 * Self.second) == .refused(retrySeconds: 30))
    }

    /// In no stretch of a window more than twice the points go through, and at an even pace all of them do.
    @Test func holdsOverAnyWindow() throws {
        var random = SeededRandom(seed: 9)
        for _ in 0..<40 {
            let (points, window) = (Int64(1 + random.below(20)), Int64(1 + random.below(30)))
            let limiter = RateLimiter(try rule(points, window))
            var (now, granted): (Int64, [Int64]) = (0, [])
            for _ in 0..<400 {
                now += Int64(random.below(Int(Self.second)))
                if limiter.take([], now: now) == .granted { granted.append(now) }
            }
            for start in granted {
                let count = granted.count { $0 >= start && $0 < start + window * Self.second }
                #expect(count <= 2 * points, "\(points) in \(window) s")
            }
            let steady = RateLimiter(try rule(points, window))
            for step in 0..<100 as Range<Int64> {
                #expect(steady.take([], now: step * (window * Self.second / points + 1)) == .granted)
            }
        }
    }

    @Test func remembersSoManyAndForgetsTheFull() throws {
        let limiter = RateLimiter(try rule(1, 10), askers: 4)
        for asker in 0..<4 as Range<UInt8> { #expect(limiter.take([asker], now: 0) == .granted) }
        #expect(limiter.take([4], now: 0) == .granted, "those beyond share a bucket")
        #expect(limiter.take([5], now: 0) != .granted)
        #expect(limiter.take([0], now: 0) != .granted, "and push nobody out")
        #expect(limiter.take([6], now: 10 * Self.second) == .granted)
        #expect(limiter.take([7], now: 10 * Self.second) == .granted, "the full ones are forgotten")
    }
}
