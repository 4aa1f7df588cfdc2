internal import Glibc

/// The signals that ask a process to end, SIGTERM and SIGINT, as something to wait for.
package final class StopSignals: Sendable {
    private let reading: Int32

    /// From now on these signals no longer end the process by themselves; to be made once.
    package init() throws(SystemFailure) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemFailure("make a pipe") }
        reading = ends[0]
        unsafe signalPipe = ends[1]
        for number in [SIGTERM, SIGINT] {
            // The handler writes one byte, which is all that a handler may safely do.
            _ = signal(number) { _ in
                var byte: UInt8 = 1
                _ = unsafe write(signalPipe, &byte, 1)
            }
        }
    }

    /// Waits for the next signal.
    ///
    /// Blocks.
    package func next() {
        var byte: UInt8 = 0
        while unsafe read(reading, &byte, 1) < 0, errno == EINTR {}
    }
}

/// Where the handler writes: a handler knows nothing else than globals, and this is set before there is one.
nonisolated(unsafe) private var signalPipe: Int32 = -1
