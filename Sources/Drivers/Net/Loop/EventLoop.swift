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
        /// Whoever comes in here speaks TLS, when there is one.
        let identity: TLSIdentity?
    }

    package let limits: NetLimits
    let shared: ServerState
    /// What this loop has counted.
    package let counters = NetCounters()
    let poller = Poller()
    /// Set by `init`, and never again.
    private var executors: LoopExecutors?
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
    /// Reads the messages of sockets that are between two of them.
    var idleReader: MessageReader
    /// The TLS sessions, by their slots; as long as the last slot that ever had one.
    var sessions: [TLSSession?] = []
    /// Made when it is needed first.
    var gzip: Gzip?
    /// Connections that go on in the next turn.
    private var queued: [ConnectionToken] = []
    private var mail: [Mailbox.Mail] = []
    private var jobs: [(UnownedJob, Mailbox.Isolation)] = []
    private var due: [ConnectionToken] = []
    private var alarms = Alarms()
    var unanswered = 0
    var buffered: Int {
        get { counters.buffered.value }
        set { counters.buffered.set(newValue) }
    }
    /// Above this a connection's reader is waited for; less when the loop's connections hold much already.
    var outputMark: Int { buffered < limits.bufferedBytes / 2 ? limits.outputMark : 0 }
    var isDraining = false
    /// When a drain gives up, in nanoseconds.
    var drainDeadline: Int64 = 0
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
        idleReader = MessageReader(limit: limits.messageBytes)
        ticks = TickLimits(limits)
        unsafe buffer = .allocate(byteCount: 64 * 1024, alignment: 64)
        out.reserveCapacity(64 * 1024)
        executors = LoopExecutors(self)
    }

    deinit { unsafe buffer.deallocate() }

    /// What runs tasks and actors on this loop.
    package var executor: LoopExecutors {
        guard let executors else { preconditionFailure("init makes them") }
        return executors
    }

    /// Whether the caller runs on this loop.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Runs `work` on the loop, soon, and in the order of the calls of one thread.
    package func execute(_ work: @escaping @Sendable (EventLoop) -> Void) { post(.call(work)) }

    /// Runs `work` on the loop after so many seconds, when the loop still runs; to be called on it.
    package func execute(after seconds: Double, _ work: @escaping (EventLoop) -> Void) {
        precondition(isCurrent, "a loop's times are its own")
        alarms.add(MonotonicClock().nanoseconds() + Int64(seconds * 1e9), work)
    }

    /// Runs a job of one of the executors: soon, and after those that came before.
    func enqueue(_ job: UnownedJob, _ isolation: Mailbox.Isolation) {
        if isCurrent { jobs.append((job, isolation)) } else { post(.job(job, isolation)) }
    }

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

    /// Has the loop end after this turn.
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
        runJobs()
        goOn()
        while let alarm = alarms.take(now) { alarm.work(self) }
        if isDraining { goOnDraining() }
        if tick != wheel.tick { expireDue() }
    }

    /// How long the loop may wait for sockets, in milliseconds; -1 is for ever.
    private func pause() -> Int32 {
        guard queued.isEmpty, jobs.isEmpty, mailbox.sleep() == .allowed else { return 0 }
        var wait = wheel.count > 0 || isDraining ? TimerWheel.nanosecondsPerTick : Int64.max
        if let next = alarms.next { wait = min(wait, max(0, next - now)) }
        return wait == Int64.max ? -1 : Int32(min(wait / 1_000_000 + 1, 1_000_000))
    }

    /// Runs the jobs that stand in the queue now; what they add comes in the next turn.
    private func runJobs() {
        guard !jobs.isEmpty else { return }
        let present = jobs
        jobs.removeAll(keepingCapacity: true)
        for (job, isolation) in present {
            switch isolation {
            case .task: unsafe job.runSynchronously(on: executor.task.asUnownedTaskExecutor())
            case .serial: unsafe job.runSynchronously(on: executor.serial.asUnownedSerialExecutor())
            }
        }
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
        let isSecure = table[token.index].flags.contains(.isSecure)
        if event.isWritable || isSecure, table[token.index].output != nil {
            sendMore(token.index)
            guard table.holds(token) else { return }
        }
        // TLS may have to write before it can read on.
        if event.isReadable || isSecure {
            table[token.index].flags.insert(.readable)
            receive(token.index)
        }
    }

    private func open(_ letter: Mailbox.Mail) {
        switch letter {
        case .call(let work): work(self)
        case .answer(let ticket, let response): answer(ticket, response)
        case .abandon(let ticket): refuse(ticket, .unanswered)
        case .frame(let token, let bytes): _ = send(token, bytes)
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
    let handshake, head, idle, stalled, leftBehind, linger, bodyGrace, ping, close: UInt32

    init(_ limits: NetLimits) {
        handshake = TimerWheel.ticks(limits.handshakeSeconds)
        head = TimerWheel.ticks(limits.headSeconds)
        idle = TimerWheel.ticks(limits.idleSeconds)
        stalled = TimerWheel.ticks(limits.stalledSeconds)
        leftBehind = TimerWheel.ticks(limits.leftBehindSeconds)
        linger = TimerWheel.ticks(limits.lingerSeconds)
        bodyGrace = TimerWheel.ticks(limits.bodyGraceSeconds)
        ping = TimerWheel.ticks(limits.pingSeconds)
        close = TimerWheel.ticks(limits.closeSeconds)
    }
}
