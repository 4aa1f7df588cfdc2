internal import Basics

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

    /// Cancels every task, and returns when all have ended.
    package func end() async {
        let tasks = state.withLock { state in
            state.isEnded = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
