internal import Basics

/// Threads of their own for calls that block, each with a state that never leaves it.
///
/// Jobs run in the order in which they came, on whichever thread is free; with one thread they are serial. The
/// rest of the program awaits them, so that a slow disk never holds a thread of the cooperative pool.
package final class Threads<State>: Sendable {
    private let jobs = BlockingQueue<@Sendable (State) -> Void>()
    private let ending = Lock(Ending())

    private struct Ending {
        var threadCount = 0
        var listeners: [@Sendable () -> Void] = []
    }

    private init() {}

    /// Starts the threads; each makes its state first, and the first failure to do so stops them all.
    package static func start<Raised: Error>(
        _ count: Int,
        name: String,
        making makeState: @escaping @Sendable () throws(Raised) -> State
    ) async throws(Raised) -> Threads {
        let threads = Threads()
        for _ in 0..<count {
            let failed: Raised? = await withCheckedContinuation { continuation in
                threads.launch(name, makeState) { continuation.resume(returning: $0) }
            }
            if let failed {
                await threads.close()
                throw failed
            }
        }
        return threads
    }

    /// Runs `body` on a thread, with the state of that thread; throws `closed` after `close`.
    package func perform<Result: Sendable, Raised: Error>(
        closed: Raised,
        _ body: @escaping @Sendable (State) throws(Raised) -> Result
    ) async throws(Raised) -> Result {
        let outcome: Swift.Result<Result, Raised>? = await withCheckedContinuation { continuation in
            let acceptance = jobs.append { state in
                do throws(Raised) { continuation.resume(returning: .success(try body(state))) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if acceptance == .closed { continuation.resume(returning: nil) }
        }
        guard let outcome else { throw closed }
        return try outcome.get()
    }

    /// Takes no more jobs; the threads end when they have finished those that wait.
    ///
    /// `ended` is called when every state is released, by the last thread.
    package func stop(_ ended: @escaping @Sendable () -> Void = {}) {
        jobs.close()
        listen(ended)
    }

    /// Finishes the jobs that are waiting, and returns when every state is released.
    package func close() async {
        jobs.close()
        await end()
    }

    /// Returns when every state is released, which somebody else sees to.
    package func end() async {
        await withCheckedContinuation { continuation in listen { continuation.resume() } }
    }

    private func listen(_ listener: @escaping @Sendable () -> Void) {
        let isOver = ending.withLock { ending in
            if ending.threadCount > 0 { ending.listeners.append(listener) }
            return ending.threadCount == 0
        }
        if isOver { listener() }
    }

    private func launch<Raised: Error>(
        _ name: String,
        _ makeState: @escaping @Sendable () throws(Raised) -> State,
        _ started: @escaping @Sendable (Raised?) -> Void
    ) {
        ending.withLock { $0.threadCount += 1 }
        Thread.start(name: name) {
            do throws(Raised) { try self.serve(makeState) { started(nil) } } catch { started(error) }
            self.leave()
        }
    }

    /// Works until closed and nothing waits; the state is released when this returns.
    private func serve<Raised: Error>(
        _ makeState: () throws(Raised) -> State,
        _ started: () -> Void
    ) throws(Raised) {
        let state = try makeState()
        started()
        while let job = jobs.take() { job(state) }
    }

    private func leave() {
        let listeners: [@Sendable () -> Void] = ending.withLock { ending in
            ending.threadCount -= 1
            guard ending.threadCount == 0 else { return [] }
            defer { ending.listeners = [] }
            return ending.listeners
        }
        for listener in listeners { listener() }
    }
}
