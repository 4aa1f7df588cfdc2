internal import CEpoll
internal import Glibc

/// The system's list of sockets that have something to do: epoll, edge-triggered.
@safe
struct Poller: ~Copyable {
    private let number: Int32
    private let wakeNumber: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private static let capacity: Int32 = 512

    /// The token that stands for a call of `wake`.
    static let wakeToken = UInt64.max

    init() {
        number = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeNumber = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(number >= 0 && wakeNumber >= 0, "the system has descriptors for the few loops of a process")
        unsafe events = .allocate(capacity: Int(Self.capacity))
        unsafe events.initialize(repeating: epoll_event(), count: Int(Self.capacity))
        // Edge-triggered: each write wakes once, and the counter need not be read.
        add(wakeNumber, EPOLLIN.rawValue | EPOLLET.rawValue, Self.wakeToken)
    }

    deinit {
        close(number)
        close(wakeNumber)
        unsafe events.deallocate()
    }

    /// Whether the system took the socket; it does not when it is out of memory.
    @discardableResult
    func add(_ socket: Int32, _ interest: UInt32, _ token: UInt64) -> Bool {
        var event = unsafe epoll_event(events: interest, data: epoll_data_t(u64: token))
        return unsafe epoll_ctl(number, EPOLL_CTL_ADD, socket, &event) == 0
    }

    /// A connection's interest: everything, on edges, for as long as it lives.
    func addConnection(_ socket: Int32, _ token: UInt64) -> Bool {
        add(socket, EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue, token)
    }

    /// A listener's: as long as somebody waits to be accepted.
    func addListener(_ socket: Int32, _ token: UInt64) { add(socket, EPOLLIN.rawValue, token) }

    func remove(_ socket: Int32) { epoll_ctl(number, EPOLL_CTL_DEL, socket, nil) }

    /// Waits, -1 milliseconds being for ever; how many events there are.
    func wait(milliseconds: Int32) -> Int {
        let count = unsafe epoll_wait(number, events, Self.capacity, milliseconds)
        if count >= 0 { return Int(count) }
        precondition(errno == EINTR, "waiting fails only when a signal comes between")
        return 0
    }

    struct Event {
        let token: UInt64
        private let bits: UInt32

        init(_ event: epoll_event) {
            token = unsafe event.data.u64
            bits = unsafe event.events
        }

        var isReadable: Bool { bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 }
        var isWritable: Bool { bits & EPOLLOUT.rawValue != 0 }
        /// The other side sends no more.
        var hasEnded: Bool { bits & EPOLLRDHUP.rawValue != 0 }
        /// Neither side can send any more.
        var isDead: Bool { bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
    }

    /// One of the events of the last wait.
    subscript(index: Int) -> Event {
        precondition(index >= 0 && index < Int(Self.capacity), "events are taken as they were counted")
        return unsafe Event(events[index])
    }

    /// Makes a `wait` return, the present one or the next.
    func wake() { eventfd_write(wakeNumber, 1) }
}
