internal import Glibc

/// A value that threads change one at a time, and wait for.
///
/// For threads that may block; the cooperative pool must never wait here.
@safe
final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State
    private var waiting = 0

    init(_ state: sending State) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe changed = .allocate(capacity: 1)
        unsafe changed.initialize(to: pthread_cond_t())
        self.state = state
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Whom a change concerns.
    enum Waking { case none, one, all }

    /// When those who wait are told: while the state is still held, or once it is free, which lets them run at once.
    enum Moment { case held, free }

    /// Changes the state and wakes who waits for it.
    ///
    /// Free, the monitor must outlive the call by itself. Where whoever sees the change may release the monitor, and
    /// the caller does not hold it either, it is told while the state is held: nothing of the monitor is touched
    /// afterwards.
    func change<Result>(
        waking: Waking,
        _ moment: Moment = .free,
        _ body: (inout State) -> sending Result
    ) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        let result = body(&state)
        // Nobody waits most of the time, and then this costs nothing.
        let sleepers = waiting
        if moment == .held, sleepers > 0 { wake(waking) }
        unsafe pthread_mutex_unlock(mutex)
        if moment == .free, sleepers > 0 { wake(waking) }
        return result
    }

    private func wake(_ waking: Waking) {
        switch waking {
        case .none: break
        case .one: unsafe pthread_cond_signal(changed)
        case .all: unsafe pthread_cond_broadcast(changed)
        }
    }

    /// Waits until `body`, tried again after each change, has a result.
    func wait<Result>(until body: (inout State) -> sending Result?) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            waiting += 1
            unsafe pthread_cond_wait(changed, mutex)
            waiting -= 1
        }
    }
}
