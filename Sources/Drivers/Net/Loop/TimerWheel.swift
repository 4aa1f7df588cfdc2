/// A coarse clock for connections: each stands in the list of the tick at which it is looked at next.
///
/// A deadline that moves away costs one store: the wheel looks at the old tick, and puts the connection where it
/// belongs. Only one that comes nearer is moved at once. A tick is 2^27 nanoseconds, about an eighth of a second.
struct TimerWheel {
    private static var slots: UInt32 { 512 }
    private var heads: [UInt32]
    /// The last tick that was looked at.
    private(set) var tick: UInt32 = 0
    private(set) var count = 0

    init() { heads = Array(repeating: Connection.none, count: Int(Self.slots)) }

    static func tick(ofNanoseconds nanoseconds: Int64) -> UInt32 { UInt32(truncatingIfNeeded: nanoseconds >> 27) }

    /// Ticks that hold at least as many seconds.
    static func ticks(_ seconds: Double) -> UInt32 { UInt32(max(0, min(seconds, 1e8)) * 7.450_580_596_923_828) + 1 }

    static var nanosecondsPerTick: Int64 { 1 << 27 }

    /// Begins to count.
    mutating func start(at tick: UInt32) { self.tick = tick }

    /// Sets the connection's deadline, that many ticks after `now`.
    @inline(__always)
    mutating func set(_ index: UInt32, in table: inout ConnectionTable, now: UInt32, after ticks: UInt32) {
        let deadline = now &+ ticks
        table[index].deadline = deadline
        if table[index].flags.contains(.isTimed) {
            // Compared as distances, so that the count of ticks may wrap.
            guard Int32(bitPattern: deadline &- table[index].look) < 0 else { return }
            unlink(index, &table)
        }
        link(index, &table)
    }

    mutating func cancel(_ index: UInt32, in table: inout ConnectionTable) {
        if table[index].flags.contains(.isTimed) { unlink(index, &table) }
    }

    /// Moves on to `now`; the connections whose deadlines have passed.
    mutating func advance(to now: UInt32, _ table: inout ConnectionTable, _ due: inout [ConnectionToken]) {
        guard Int32(bitPattern: now &- tick) > 0 else { return }
        let steps = min(now &- tick, Self.slots)
        let first = now &- steps
        tick = now
        for step in 1...steps {
            var index = heads[Int((first &+ step) % Self.slots)]
            while index != Connection.none {
                let next = table[index].next
                if Int32(bitPattern: table[index].look &- now) <= 0 {
                    unlink(index, &table)
                    if Int32(bitPattern: table[index].deadline &- now) <= 0 {
                        due.append(ConnectionToken(index: index, generation: table[index].generation))
                    } else {
                        link(index, &table)
                    }
                }
                index = next
            }
        }
    }

    private mutating func link(_ index: UInt32, _ table: inout ConnectionTable) {
        // Beyond the wheel's reach: looked at once before.
        let distance = min(max(1, Int32(bitPattern: table[index].deadline &- tick)), Int32(Self.slots) - 1)
        let look = tick &+ UInt32(distance)
        let slot = Int(look % Self.slots)
        table[index].look = look
        table[index].next = heads[slot]
        table[index].previous = Connection.none
        if heads[slot] != Connection.none { table[heads[slot]].previous = index }
        heads[slot] = index
        table[index].flags.insert(.isTimed)
        count += 1
    }

    private mutating func unlink(_ index: UInt32, _ table: inout ConnectionTable) {
        let (next, previous) = (table[index].next, table[index].previous)
        if next != Connection.none { table[next].previous = previous }
        if previous != Connection.none {
            table[previous].next = next
        } else {
            heads[Int(table[index].look % Self.slots)] = next
        }
        table[index].next = Connection.none
        table[index].previous = Connection.none
        table[index].flags.remove(.isTimed)
        count -= 1
    }
}
