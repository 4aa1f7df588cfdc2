/// The presence leases of many agents, in flat memory: 24 bytes a slot, of which a third is empty at least.
///
/// An agent is a 64-bit hash. Who was entered stays known, with a lease or without; counting those whose lease runs
/// costs a look at each second of the longest lease. Pure: the caller says what time it is, in milliseconds.
struct LeaseTable: Sendable {
    /// The longest lease, in seconds.
    static let longest = 900

    private struct Slot {
        /// Zero: nobody.
        var agent: UInt64 = 0
        var lastBeat: Int64 = .min
        var until: Int64 = .min
    }

    /// How many leases end in one second.
    private struct Ending {
        var second: Int64 = .min
        var count = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 16)
    private(set) var count = 0
    private var endings = [Ending](repeating: Ending(), count: 1024)

    /// When an agent was heard last, and until when its lease runs; nil when it is not known.
    func lease(of agent: UInt64) -> (lastBeat: Int64, until: Int64)? {
        let slot = slots[place(of: agent)]
        return slot.agent == 0 ? nil : (slot.lastBeat, slot.until)
    }

    /// Makes an agent known, without a lease; nothing changes for one that is.
    mutating func enter(_ agent: UInt64) {
        let place = place(of: agent)
        guard slots[place].agent == 0 else { return }
        fill(place, agent)
    }

    /// Renews the lease of an agent that is known; false for one that is not.
    ///
    /// A lease never gets shorter.
    mutating func beat(_ agent: UInt64, now: Int64, until: Int64) -> Bool {
        let place = place(of: agent)
        guard slots[place].agent != 0 else { return false }
        let former = slots[place].until
        slots[place].lastBeat = max(slots[place].lastBeat, now)
        guard until > former else { return true }
        slots[place].until = until
        change(former, by: -1)
        change(until, by: 1)
        return true
    }

    /// How many leases run at `now`, to the second.
    func activeCount(now: Int64) -> Int {
        let second = now / 1000
        return endings.reduce(0) { $1.second > second ? $0 + $1.count : $0 }
    }

    private mutating func change(_ time: Int64, by difference: Int) {
        guard time > .min else { return }
        let second = (time + 999) / 1000
        let place = Int(second & 1023)
        if endings[place].second < second, difference > 0 { endings[place] = Ending(second: second, count: 0) }
        // A second that is over has given its place away.
        if endings[place].second == second { endings[place].count += difference }
    }

    private func place(of agent: UInt64) -> Int {
        let agent = agent == 0 ? 1 : agent
        var place = Int(truncatingIfNeeded: agent) & (slots.count - 1)
        while slots[place].agent != 0, slots[place].agent != agent { place = (place + 1) & (slots.count - 1) }
        return place
    }

    private mutating func fill(_ place: Int, _ agent: UInt64) {
        slots[place].agent = agent == 0 ? 1 : agent
        count += 1
        guard count * 3 > slots.count * 2 else { return }
        let former = slots
        slots = [Slot](repeating: Slot(), count: former.count * 2)
        for slot in former where slot.agent != 0 { slots[self.place(of: slot.agent)] = slot }
    }
}
