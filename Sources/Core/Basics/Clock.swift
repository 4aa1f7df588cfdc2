/// What tells the time of day.
///
/// Time comes in as a parameter: only App and Drivers know a real clock.
package protocol WallClock: Sendable {
    /// Milliseconds since 1970, UTC. It may jump in either direction.
    func milliseconds() -> Int64
}

/// Where randomness comes from.
package protocol Randomness: Sendable {
    /// As many unpredictable bytes as asked for.
    func bytes(_ count: Int) -> [UInt8]
}
