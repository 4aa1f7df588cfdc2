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
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
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
    func change<Result>(waking: Waking, _ body: (inout State) -> sending Result) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        let result = body(&state)
        let sleepers = waiting
        unsafe pthread_mutex_unlock(mutex)
        if sleepers > 0 { wake(waking) }
        return result
    }

    /// Changes the state and wakes whom `body` says.
    ///
    /// Free, the monitor must outlive the call by itself. Where whoever sees the change may release the monitor, and
    /// the caller does not hold it either, it is told while the state is held: nothing of the monitor is touched
    /// afterwards.
    func change(_ moment: Moment, _ body: (inout State) -> Waking) {
        unsafe pthread_mutex_lock(mutex)
        let waking = body(&state)
        let sleepers = waiting
        if moment == .held, sleepers > 0 { wake(waking) }
        unsafe pthread_mutex_unlock(mutex)
        if moment == .free, sleepers > 0 { wake(waking) }
    }

    /// Not called when nobody waits, which is most of the time.
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

    /// Waits as `wait` does, but not for ever: nil when the time is over.
    func wait<Result>(nanoseconds: Int, until body: (inout State) -> sending Result?) -> sending Result? {
        var end = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_nsec += nanoseconds
        end.tv_sec += end.tv_nsec / 1_000_000_000
        end.tv_nsec %= 1_000_000_000
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            waiting += 1
            let code = unsafe pthread_cond_timedwait(changed, mutex, &end)
            waiting -= 1
            if code == ETIMEDOUT { return body(&state) }
        }
    }
}
