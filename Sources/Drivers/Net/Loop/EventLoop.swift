internal import Basics
internal import FilesDriver
internal import Glibc
internal import Synchronization

/// One thread that serves its share of a server's connections: it waits for sockets, runs handlers, and never blocks.
///
/// Everything in it but the mailbox belongs to its thread; other threads come in by `post`. That, and that the thread
/// keeps it alive, is why it may be shared.
@safe
package final class EventLoop: @unchecked Sendable {
    /// A door of the server on this loop: sockets of its own, since the system deals connections out among loops.
    struct Listener {
        let sockets: [Int32]
        let handler: any HTTPHandler
    }

    let limits: NetLimits
    let shared: ServerState
    /// What this loop has counted.
    package let counters = NetCounters()
    let poller = Poller()
    private let mailbox = Mailbox()
    private let thread = Atomic<UInt>(0)

    // MARK: The thread's own

    var listeners: [Listener]
    var table: ConnectionTable
    var wheel = TimerWheel()
    var parser: RequestParser
    let buffer: UnsafeMutableRawBufferPointer
    /// What the connection that is served at this moment will be sent.
    var out: [UInt8] = []
    /// The same for any other connection.
    var side: [UInt8] = []
    var current = Connection.none
    var dispatch = Dispatch()
    /// How far the head of the present connection was looked through.
    var scan = HeadScan()
    /// Connections that go on in the next turn.
    private var queued: [ConnectionToken] = []
    private var mail: [Mailbox.Mail] = []
    private var jobs: [(UnownedJob, Mailbox.Isolation)] = []
    private var due: [ConnectionToken] = []
    var unanswered = 0
    var buffered = 0
    var isDraining = false
    private var isStopped = false
    /// The present turn's time: nanoseconds of a clock that only goes forward, and its tick.
    private(set) var now: Int64 = 0
    private(set) var tick: UInt32 = 0
    private(set) var dateLine: [UInt8] = []
    private var dateSecond: Int64 = -1
    let ticks: TickLimits

    init(limits: NetLimits, listeners: [Listener], shared: ServerState) {
        self.limits = limits
        self.listeners = listeners
        self.shared = shared
        table = ConnectionTable(limit: limits.connections)
        parser = RequestParser(limits: limits)
        ticks = TickLimits(limits)
        unsafe buffer = .allocate(byteCount: 64 * 1024, alignment: 64)
        out.reserveCapacity(64 * 1024)
    }

    deinit { unsafe buffer.deallocate() }

    /// Whether the caller runs on this loop.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Runs `work` on the loop, soon, and in the order of the calls of one thread.
    package func execute(_ work: @escaping @Sendable (EventLoop) -> Void) { post(.call(work)) }

    func post(_ mail: Mailbox.Mail) {
        if mailbox.put(mail) == .needed { poller.wake() }
    }

    /// Serves until it is stopped.
    func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        readClock()
        wheel.start(at: tick)
        for (index, listener) in listeners.enumerated() {
            for socket in listener.sockets { poller.addListener(socket, UInt64(index)) }
        }
        while !isStopped { turn() }
        closeAll()
        poller.wake()
    }

    func stop() { isStopped = true }

    private func turn() {
        let count = poller.wait(milliseconds: pause())
        readClock()
        for index in 0..<count { serve(poller[index]) }
        mailbox.takeAll(into: &mail)
        if !mail.isEmpty {
            var taken: [Mailbox.Mail] = []
            swap(&taken, &mail)
            for letter in taken { open(letter) }
            taken.removeAll(keepingCapacity: true)
            swap(&taken, &mail)
        }
        goOn()
        if tick != wheel.tick { expireDue() }
    }

    /// How long the loop may wait for sockets, in milliseconds; -1 is for ever.
    private func pause() -> Int32 {
        guard queued.isEmpty, jobs.isEmpty, mailbox.sleep() == .allowed else { return 0 }
        return wheel.count > 0 ? Int32(TimerWheel.nanosecondsPerTick / 1_000_000) + 1 : -1
    }

    private func readClock() {
        now = MonotonicClock().nanoseconds()
        let present = TimerWheel.tick(ofNanoseconds: now)
        guard present != tick || dateSecond < 0 else { return }
        tick = present
        let second = SystemClock().milliseconds() / 1000
        guard second != dateSecond else { return }
        dateSecond = second
        dateLine.removeAll(keepingCapacity: true)
        dateLine.append(literal: "Date: ")
        HTTPDate.append(second, to: &dateLine)
        dateLine.append(literal: "\r\n")
    }

    private func serve(_ event: Poller.Event) {
        guard event.token != Poller.wakeToken else { return }
        let token = ConnectionToken(event.token)
        guard token.generation != 0 else { return accept(Int(token.index)) }
        guard table.holds(token) else { return }
        if event.isDead { return close(token.index) }
        if event.hasEnded { table[token.index].flags.insert(.hasEnded) }
        if event.isWritable, table[token.index].output != nil {
            sendMore(token.index)
            guard table.holds(token) else { return }
        }
        if event.isReadable {
            table[token.index].flags.insert(.readable)
            receive(token.index)
        }
    }

    private func open(_ letter: Mailbox.Mail) {
        switch letter {
        case .call(let work): work(self)
        case .answer(let ticket, let response): answer(ticket, response)
        case .abandon(let ticket): refuse(ticket, .unanswered)
        case .frame: break
        case .job(let job, let isolation): jobs.append((job, isolation))
        }
    }

    /// Lets a connection go on in the next turn, so that others come in between.
    func enqueue(_ index: UInt32) {
        guard !table[index].flags.contains(.isQueued) else { return }
        table[index].flags.insert(.isQueued)
        queued.append(token(index))
    }

    private func goOn() {
        guard !queued.isEmpty else { return }
        let tokens = queued
        queued.removeAll(keepingCapacity: true)
        for token in tokens where table.holds(token) {
            table[token.index].flags.remove(.isQueued)
            resume(token.index)
        }
    }

    private func expireDue() {
        wheel.advance(to: tick, &table, &due)
        let tokens = due
        due.removeAll(keepingCapacity: true)
        for token in tokens where table.holds(token) { expire(token.index) }
    }

    func token(_ index: UInt32) -> ConnectionToken {
        ConnectionToken(index: index, generation: table[index].generation)
    }
}

/// The times of the limits, in ticks of the wheel.
struct TickLimits {
    let head, idle, stalled, linger, bodyGrace: UInt32

    init(_ limits: NetLimits) {
        head = TimerWheel.ticks(limits.headSeconds)
        idle = TimerWheel.ticks(limits.idleSeconds)
        stalled = TimerWheel.ticks(limits.stalledSeconds)
        linger = TimerWheel.ticks(limits.lingerSeconds)
        bodyGrace = TimerWheel.ticks(limits.bodyGraceSeconds)
    }
}
