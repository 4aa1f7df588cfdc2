internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import Stores

/// What a server takes from the world around it: time, and the wish that it stops.
struct Surroundings: Sendable {
    /// What arriving events are stamped with.
    var wallClock: any WallClock = SystemClock()
    /// What the work that comes back waits by.
    var clock: any Clock<Duration> = ContinuousClock()
    var ledger = SegmentLedger.Options()
    /// Blocks until the server is asked to stop, each time that it is asked.
    let awaitStop: @Sendable () -> Void

    /// The real world, where signals ask.
    static func system() throws(CommandFailure) -> Surroundings {
        do {
            let signals = try StopSignals()
            return Surroundings(awaitStop: { signals.next() })
        } catch { throw CommandFailure(.failed, "\(error)") }
    }
}
