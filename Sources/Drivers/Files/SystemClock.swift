internal import Basics
internal import Glibc

/// The machine's time of day.
package struct SystemClock: WallClock {
    package init() {}

    package func milliseconds() -> Int64 {
        let now = time(of: CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

/// A clock that only goes forward: for measuring, not for telling.
package struct MonotonicClock: Sendable {
    package init() {}

    /// Nanoseconds since some moment before the process began.
    package func nanoseconds() -> Int64 {
        let now = time(of: CLOCK_MONOTONIC)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// Returns after so many seconds, signals or not.
    package func pause(seconds: Double) {
        let end = nanoseconds() + Int64(max(0, min(seconds, 1e9)) * 1e9)
        while case let rest = end - nanoseconds(), rest > 0 {
            var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
            _ = unsafe nanosleep(&time, nil)
        }
    }
}

private func time(of clock: clockid_t) -> timespec {
    var now = timespec()
    let done = unsafe clock_gettime(clock, &now)
    precondition(done == 0, "every Linux has this clock")
    return now
}
