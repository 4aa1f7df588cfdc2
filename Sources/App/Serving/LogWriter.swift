internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import Synchronization

/// Writes lines in their order on a thread of its own, so that nobody waits for whoever reads them.
///
/// Lines that come faster than they are read are counted instead of kept. After `finish` each is written at once.
final class LogWriter: Sendable {
    /// Made on the thread: to ask for a line costs its caller next to nothing.
    typealias Line = @Sendable () -> [UInt8]

    private let waiting = Waiting()
    private let thread: Thread

    /// `complaint` is the line that says how many were dropped.
    init(_ complaint: @escaping @Sendable (_ dropped: Int) -> [UInt8]) {
        thread = Thread.start(name: "prima-log") { [waiting] in waiting.write(complaint) }
    }

    deinit { waiting.lines.close() }

    func put(_ line: @escaping Line) { waiting.put(line) }

    /// Returns when everything is written, or when nobody has read it for a second.
    func finish() async {
        waiting.lines.close()
        await withCheckedContinuation { continuation in
            let waiter = Lock<CheckedContinuation<Void, Never>?>(continuation)
            let resume = { @Sendable in
                let first = waiter.withLock { waiter in
                    defer { waiter = nil }
                    return waiter
                }
                first?.resume()
            }
            Thread.start(name: "prima-log-end") { [thread] in
                thread.join()
                resume()
            }
            Task {
                try? await ContinuousClock().sleep(for: .seconds(1))
                resume()
            }
        }
    }
}

/// The lines that wait for the thread.
private final class Waiting: Sendable {
    private static let limit = 8192

    let lines = BlockingQueue<LogWriter.Line>()
    private let count = Atomic(0)
    private let dropped = Atomic(0)

    func put(_ line: @escaping LogWriter.Line) {
        guard count.add(1, ordering: .relaxed).newValue <= Self.limit else {
            count.subtract(1, ordering: .relaxed)
            dropped.add(1, ordering: .relaxed)
            return
        }
        guard lines.append(line) == .closed else { return }
        count.subtract(1, ordering: .relaxed)
        Self.write(line())
    }

    /// Writes until the queue is closed and empty.
    func write(_ complaint: (Int) -> [UInt8]) {
        while true {
            let batch = lines.takeAll()
            guard !batch.isEmpty else { return }
            for line in batch { Self.write(line()) }
            count.subtract(batch.count, ordering: .relaxed)
            let lost = dropped.exchange(0, ordering: .relaxed)
            if lost > 0 { Self.write(complaint(lost)) }
        }
    }

    /// Standard error may be closed: then nobody reads, and there is nothing to do about it.
    private static func write(_ line: [UInt8]) { try? StandardStream.error.write(line) }
}
