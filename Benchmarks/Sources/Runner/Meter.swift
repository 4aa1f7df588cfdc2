import FilesDriver
import Foundation
import Glibc

/// What a piece of work cost: time that passed, and time that this process spent computing.
///
/// On a shared machine only the second one repeats.
struct Cost: Sendable {
    let seconds: Double
    let cpuSeconds: Double
}

/// Measures this process.
enum Meter {
    static func measure<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Cost {
        let (clock, cpu) = (now, cpuSeconds)
        try body()
        return Cost(seconds: now - clock, cpuSeconds: cpuSeconds - cpu)
    }

    static func measure(_ body: () async throws -> Void) async rethrows -> Cost {
        let (clock, cpu) = (now, cpuSeconds)
        try await body()
        return Cost(seconds: now - clock, cpuSeconds: cpuSeconds - cpu)
    }

    /// Seconds on a clock that only goes forward.
    static var now: Double { Double(MonotonicClock().nanoseconds()) / 1e9 }

    /// What all threads of this process computed so far, in the kernel too.
    static var cpuSeconds: Double {
        var usage = rusage()
        let done = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        precondition(done == 0, "a process can always ask what it used")
        return usage.ru_utime.seconds + usage.ru_stime.seconds
    }

    /// The memory that this process has resident now.
    static var residentMegabytes: Double {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }

    /// The most memory that this process had resident at any time.
    static var peakMegabytes: Double {
        var usage = rusage()
        let done = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        precondition(done == 0, "a process can always ask what it used")
        return Double(usage.ru_maxrss) / 1024
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

extension [Double] {
    /// The smallest value that `share` of all values do not exceed; the array must not be empty.
    func percentile(_ share: Double) -> Double {
        let sorted = sorted()
        return sorted[Swift.min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
