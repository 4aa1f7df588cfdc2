/// The windows of many askers, in flat memory: 24 bytes each, gone when they are over.
///
/// An asker is a 64-bit hash, seeded in every process: two that share one share a window, once in billions. Windows
/// that are over are taken for new ones; when there is no room among them, the table grows, up to its capacity. Beyond
/// it, who is new shares one window with all others who are. Pure: the caller says what time it is.
struct LimitTable: Sendable {
    struct Window: Sendable, Equatable {
        /// When the window or the block ends, in milliseconds.
        var end: Int64
        var used: UInt32
        var isBlocked: Bool
    }

    private struct Slot {
        /// Zero: there never was anybody.
        var asker: UInt64 = 0
        var window = Window(end: .min, used: 0, isBlocked: false)
    }

    private var slots: [Slot]
    private var filled = 0
    private var others = Window(end: .min, used: 0, isBlocked: false)
    private let capacity: Int

    /// Holds windows of at most `capacity` askers.
    init(capacity: Int) {
        precondition(capacity > 0, "somebody is remembered")
        self.capacity = capacity
        slots = [Slot](repeating: Slot(), count: 16)
    }

    /// How many slots there are.
    var slotCount: Int { slots.count }

    /// The window of an asker that is not over at `now`; nil when there is none.
    func window(of asker: UInt64, at now: Int64) -> Window? {
        let asker = asker == 0 ? 1 : asker
        var place = Self.home(of: asker, in: slots.count)
        while slots[place].asker != 0 {
            if slots[place].asker == asker { return slots[place].window.end > now ? slots[place].window : nil }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Changes the window of an asker; `body` gets nil when there is none, or it is over.
    mutating func change<Result>(of asker: UInt64, at now: Int64, _ body: (inout Window?) -> Result) -> Result {
        let asker = asker == 0 ? 1 : asker
        var place = Self.home(of: asker, in: slots.count)
        var over: Int?
        while slots[place].asker != 0 {
            if slots[place].asker == asker {
                over = place
                break
            }
            if over == nil, slots[place].window.end <= now { over = place }
            place = (place + 1) & (slots.count - 1)
        }
        if let over { return change(at: over, to: asker, now, body) }
        guard makeRoom(at: now) else { return changeOthers(now, body) }
        place = Self.home(of: asker, in: slots.count)
        while slots[place].asker != 0 { place = (place + 1) & (slots.count - 1) }
        filled += 1
        return change(at: place, to: asker, now, body)
    }

    private mutating func change<Result>(
        at place: Int,
        to asker: UInt64,
        _ now: Int64,
        _ body: (inout Window?) -> Result
    ) -> Result {
        let isCurrent = slots[place].asker == asker && slots[place].window.end > now
        var window = isCurrent ? slots[place].window : nil
        let result = body(&window)
        slots[place] = Slot(asker: asker, window: window ?? Window(end: .min, used: 0, isBlocked: false))
        return result
    }

    private mutating func changeOthers<Result>(_ now: Int64, _ body: (inout Window?) -> Result) -> Result {
        var window = others.end > now ? others : nil
        let result = body(&window)
        others = window ?? Window(end: .min, used: 0, isBlocked: false)
        return result
    }

    /// Sees to it that one more slot may be filled, by letting go of what is over, or by growing.
    private mutating func makeRoom(at now: Int64) -> Bool {
        guard (filled + 1) * 4 > slots.count * 3 || filled >= capacity else { return true }
        let current = slots.filter { $0.asker != 0 && $0.window.end > now }
        guard current.count < capacity else { return false }
        var count = 16
        while count < (current.count + 1) * 2 { count *= 2 }
        slots = [Slot](repeating: Slot(), count: count)
        for slot in current {
            var place = Self.home(of: slot.asker, in: count)
            while slots[place].asker != 0 { place = (place + 1) & (count - 1) }
            slots[place] = slot
        }
        filled = current.count
        return true
    }

    private static func home(of asker: UInt64, in count: Int) -> Int { Int(truncatingIfNeeded: asker) & (count - 1) }
}
