internal import Basics
internal import Glibc

/// Runs tasks on threads of its own, so that calls that block never sit on the cooperative pool.
///
/// `withTaskExecutorPreference(executor) { … }` moves the nonisolated work inside to these threads. Give it as many
/// threads as blocking calls shall run at once. It lives until `stop`.
package final class ThreadExecutor: TaskExecutor {
    private let jobs = BlockingQueue<UnownedJob>()
    private let threads = Lock<[Thread]>([])

    package init(name: String, threads count: Int = 1) {
        precondition(count > 0, "an executor has a thread")
        threads.withLock { threads in
            for _ in 0..<count { threads.append(Thread.start(name: name) { self.run() }) }
        }
    }

    /// The runtime holds no reference to an executor: the job may run, and its task release the executor, before this
    /// returns.
    package func enqueue(_ job: consuming ExecutorJob) {
        let accepted = jobs.appendLast(UnownedJob(job))
        precondition(accepted == .accepted, "no task runs on an executor that was stopped")
    }

    /// Runs what is queued, then ends the threads.
    ///
    /// Not to be called from one of them.
    package func stop() {
        jobs.close()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private func run() {
        while let job = jobs.take() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// Runs an actor on one thread of its own.
///
/// The actor answers `worker.asUnownedSerialExecutor()` as its `unownedExecutor`. It lives until `stop`.
package final class WorkerThread: SerialExecutor {
    private let jobs = BlockingQueue<UnownedJob>()
    private let thread = Lock<Thread?>(nil)
    private let identifier = Lock<pthread_t?>(nil)

    package init(name: String) {
        let started = Thread.start(name: name) { self.run() }
        thread.withLock { $0 = started }
    }

    /// The runtime holds no reference to an executor: the job may run, and its task release the executor, before this
    /// returns.
    package func enqueue(_ job: consuming ExecutorJob) {
        let accepted = jobs.appendLast(UnownedJob(job))
        precondition(accepted == .accepted, "no actor runs on a thread that was stopped")
    }

    package func checkIsolated() {
        let isHere = identifier.withLock { $0.map { pthread_equal($0, pthread_self()) != 0 } } ?? false
        precondition(isHere, "only this thread's own jobs may assume its isolation")
    }

    /// Runs what is queued, then ends the thread.
    ///
    /// Not to be called from it.
    package func stop() {
        jobs.close()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        identifier.withLock { $0 = pthread_self() }
        while let job = jobs.take() { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
