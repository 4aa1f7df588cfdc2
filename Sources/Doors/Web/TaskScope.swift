internal import Basics
package import NetDriver

/// Owns the tasks that a door starts: none is forgotten, each can be cancelled, and all have ended with the scope.
package final class TaskScope: Sendable {
    /// Cancels one task; letting go of it does not.
    package struct Ticket: Sendable {
        fileprivate let number: UInt64
        fileprivate unowned let scope: TaskScope

        package func cancel() { scope.state.withLock { $0.tasks[number] }?.cancel() }
    }

    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var last: UInt64 = 0
        /// Those that have begun, and do not stand among the tasks yet.
        var beginning: Set<UInt64> = []
        var isEnded = false
    }

    private let state = Lock(State())

    package init() {}

    /// Starts a task; nil when the scope has ended, and nothing is done any more.
    @discardableResult
    package func start(_ work: @escaping @Sendable () async -> Void) -> Ticket? {
        state.withLock { state in
            guard !state.isEnded else { return nil }
            state.last += 1
            let number = state.last
            // Made under the lock, so that it stands here before it can take itself out.
            state.tasks[number] = Task {
                await work()
                self.state.withLock { $0.tasks[number] = nil }
            }
            return Ticket(number: number, scope: self)
        }
    }

    /// Starts a task on the loop that calls: it runs at once up to where it first waits, and goes on there.
    ///
    /// Nil when the scope has ended, and nothing is done any more. What takes processor time belongs elsewhere.
    @discardableResult
    package func start(on loop: EventLoop, _ work: @escaping @Sendable () async -> Void) -> Ticket? {
        let number: UInt64? = state.withLock { state in
            guard !state.isEnded else { return nil }
            state.last += 1
            state.beginning.insert(state.last)
            return state.last
        }
        guard let number else { return nil }
        let task = Task.immediate(executorPreference: loop.executor.task) {
            await work()
            self.state.withLock { state in
                state.tasks[number] = nil
                state.beginning.remove(number)
            }
        }
        let isEnded = state.withLock { state in
            // It may be over already.
            if state.beginning.remove(number) != nil { state.tasks[number] = task }
            return state.isEnded
        }
        if isEnded { task.cancel() }
        return Ticket(number: number, scope: self)
    }

    /// Cancels every task, and returns when all have ended.
    package func end() async {
        while true {
            let (tasks, isLast) = state.withLock { state in
                state.isEnded = true
                return (Array(state.tasks.values), state.tasks.isEmpty && state.beginning.isEmpty)
            }
            guard !isLast else { return }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            if tasks.isEmpty { await Task.yield() }
        }
    }
}
