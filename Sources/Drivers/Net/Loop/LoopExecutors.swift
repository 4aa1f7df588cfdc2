/// The two executors of a loop.
package struct LoopExecutors: Sendable {
    package let task: LoopTaskExecutor
    package let serial: LoopSerialExecutor

    init(_ loop: EventLoop) {
        task = LoopTaskExecutor(loop)
        serial = LoopSerialExecutor(loop)
    }
}

/// Runs tasks on a loop: their jobs stand in the loop's own queue, and cross no thread when they come from it.
///
/// `Task.immediate(executorPreference:)` begins at once, on the loop that calls it, and resumes here.
package final class LoopTaskExecutor: TaskExecutor {
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) { loop.enqueue(UnownedJob(job), .task) }
}

/// Runs actors on a loop: what belongs to one loop needs no lock, and its handlers may `assumeIsolated`.
///
/// The actor answers `loop.executor.serial.asUnownedSerialExecutor()` as its `unownedExecutor`.
package final class LoopSerialExecutor: SerialExecutor {
    private unowned let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) { loop.enqueue(UnownedJob(job), .serial) }

    package func checkIsolated() {
        precondition(loop.isCurrent, "only the loop's own thread may assume its isolation")
    }

    package func isIsolatingCurrentContext() -> Bool? { loop.isCurrent }
}

extension HTTPExchange {
    /// Answers from an asynchronous function, which begins at once and resumes on this loop.
    ///
    /// Waiting costs no thread. It must not block, and what takes CPU for long belongs elsewhere.
    package consuming func start(_ work: @escaping @Sendable (Responder) async -> Void) {
        let responder = deferred()
        Task.immediate(executorPreference: responder.loop.executor.task) { await work(responder) }
    }
}
