import Basics
import FilesDriver
import Glibc
import Testing

/// Threads, what they wait on, and the executors that run on them.
@Suite struct ThreadTests {
    @Test func runsAndJoins() {
        let count = Lock(0)
        let threads = (0..<8).map { _ in Thread.start(name: "count") { count.withLock { $0 += 1 } } }
        for thread in threads { thread.join() }
        #expect(count.withLock { $0 } == 8)
        for thread in threads { thread.join() }
    }

    @Test func hasItsName() {
        let name = Lock("")
        let thread = Thread.start(name: "a-name-longer-than-fifteen-bytes") {
            guard let disk = try? PosixDisk(path: "/proc/thread-self") else { return }
            var buffer: [UInt8] = []
            _ = try? disk.open("comm", .readOnly).read(into: &buffer, count: 100, at: 0)
            let text = String(decoding: buffer, as: UTF8.self)
            name.withLock { $0 = text }
        }
        thread.join()
        #expect(name.withLock { $0 } == "a-name-longer-t\n")
    }

    @Test func gateRemembersASignal() {
        let gate = Gate()
        gate.signal()
        gate.signal()
        gate.wait()
        let passed = Lock(0)
        let thread = Thread.start(name: "waiter") {
            gate.wait()
            passed.withLock { $0 += 1 }
        }
        gate.signal()
        thread.join()
        #expect(passed.withLock { $0 } == 1)
    }

    /// Two threads hand a turn to each other: one lost signal and this never ends.
    @Test func gateLosesNoSignal() {
        let (one, other, turns) = (Gate(), Gate(), Lock(0))
        let thread = Thread.start(name: "other") {
            for _ in 0..<5_000 {
                other.wait()
                turns.withLock { $0 += 1 }
                one.signal()
            }
        }
        for turn in 0..<5_000 {
            other.signal()
            one.wait()
            #expect(turns.withLock { $0 } == turn + 1)
        }
        thread.join()
    }

    @Test func queueKeepsItsOrder() {
        let queue = BlockingQueue<Int>()
        for number in 0..<5 { queue.append(number) }
        #expect(queue.take() == 0)
        queue.append(5)
        #expect(queue.takeAll() == [1, 2, 3, 4, 5])
        queue.append(6)
        var batch = [9, 9, 9]
        queue.takeAll(into: &batch)
        #expect(batch == [6])
        queue.append(7)
        queue.close()
        #expect(queue.append(8) == .closed)
        #expect(queue.take() == 7 && queue.take() == nil && queue.takeAll().isEmpty)
        queue.takeAll(into: &batch)
        #expect(batch.isEmpty)
    }

    /// Each element reaches exactly one taker, in the order of its own appender.
    @Test(arguments: [1, 3])
    func queueHandsEachElementOverOnce(takers: Int) {
        let (queue, taken) = (BlockingQueue<Int>(), Lock<[[Int]]>([]))
        let takers = (0..<takers).map { taker in
            Thread.start(name: "taker") {
                var (mine, batch) = ([Int](), [Int]())
                while true {
                    if taker.isMultiple(of: 2) {
                        queue.takeAll(into: &batch)
                        guard !batch.isEmpty else { break }
                        mine.append(contentsOf: batch)
                    } else {
                        guard let next = queue.take() else { break }
                        mine.append(next)
                    }
                }
                let result = mine
                taken.withLock { $0.append(result) }
            }
        }
        let appenders = (0..<4).map { appender in
            Thread.start(name: "appender") {
                for number in 0..<2_000 { queue.append(appender * 10_000 + number) }
            }
        }
        for thread in appenders { thread.join() }
        queue.close()
        for thread in takers { thread.join() }
        let lists = taken.withLock { $0 }
        for list in lists {
            for appender in 0..<4 {
                let own = list.filter { $0 / 10_000 == appender }
                #expect(own == own.sorted())
            }
        }
        let expected = (0..<4).flatMap { appender in (0..<2_000).map { appender * 10_000 + $0 } }
        #expect(lists.flatMap(\.self).sorted() == expected)
    }

    @Test func closingWakesWhoWaits() {
        let queue = BlockingQueue<Int>()
        let threads = (0..<3).map { _ in Thread.start(name: "taker") { #expect(queue.take() == nil) } }
        queue.close()
        for thread in threads { thread.join() }
    }

    /// The work runs on the executor's threads, as many at once as it has; here all must meet to go on.
    @Test func runsBlockingTasksBesideThePool() async {
        let executor = ThreadExecutor(name: "reader", threads: 4)
        let (arrived, gates) = (Lock(0), (0..<4).map { _ in Gate() })
        await withTaskGroup(of: String.self) { group in
            for gate in gates {
                group.addTask(executorPreference: executor) {
                    if arrived.withLock({ (count: inout Int) -> Int in
                        count += 1
                        return count
                    }) == 4 {
                        for gate in gates { gate.signal() }
                    }
                    gate.wait()
                    return threadName()
                }
            }
            for await name in group { #expect(name == "reader\n") }
        }
        executor.stop()
    }

    @Test func comesBackToTheCaller() async {
        let executor = ThreadExecutor(name: "reader")
        for round in 0..<200 {
            let (name, result) = await withTaskExecutorPreference(executor) { (threadName(), round) }
            #expect(name == "reader\n" && result == round)
        }
        executor.stop()
    }

    @Test func runsAnActorOnOneThread() async {
        let worker = WorkerThread(name: "worker")
        let counter = Counter(worker: worker)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await counter.add() } }
        }
        let (count, name) = await counter.state()
        #expect(count == 100 && name == "worker\n")
        worker.stop()
    }

    @Test func clocksGoOn() {
        let (wall, steady) = (SystemClock(), MonotonicClock())
        // After 2024, before 2100: seconds were not taken for milliseconds.
        #expect((1_704_067_200_000..<4_102_444_800_000).contains(wall.milliseconds()))
        var last = steady.nanoseconds()
        for _ in 0..<1_000 {
            let now = steady.nanoseconds()
            #expect(now >= last)
            last = now
        }
    }
}

private actor Counter {
    private let worker: WorkerThread
    private var count = 0

    init(worker: WorkerThread) { self.worker = worker }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe worker.asUnownedSerialExecutor() }

    func add() {
        count += 1
        assumeIsolated { $0.count += 0 }
    }

    func state() -> (Int, String) { (count, threadName()) }
}

/// The name of the thread that this is called on, as the system shows it.
private func threadName() -> String {
    guard let disk = try? PosixDisk(path: "/proc/thread-self") else { return "" }
    var buffer: [UInt8] = []
    _ = try? disk.open("comm", .readOnly).read(into: &buffer, count: 100, at: 0)
    return String(decoding: buffer, as: UTF8.self)
}
