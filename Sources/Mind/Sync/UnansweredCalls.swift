package import Basics

/// Remembers the answers that nobody received, so that a call which is sent again gets its answer.
///
/// The app sends a mutation again when its connection went or no answer came in time. A call is the same when device,
/// procedure and body are, its first connection went before its answer was written, and it began no more than 60
/// seconds ago; every other is new, since people do the same thing twice on purpose. A pure value: whoever holds it
/// says what time it is. What is kept is bounded: beyond the bounds the oldest calls go, and count as new when they
/// come again.
package struct UnansweredCalls<Answer: Sendable>: Sendable {
    /// So long after it began a call is known again, in milliseconds.
    package static var memory: Int64 { 60_000 }

    /// SHA-256 of device, procedure and body.
    package typealias Call = ContentHash

    /// One running of a call.
    package struct Ticket: Sendable, Hashable {
        package let call: Call
        let number: Int64
    }

    package enum Arrival: Sendable {
        /// It is new: do it, and say how it ended.
        case perform(Ticket)
        /// Its answer, from the first time: write it, and say how that ended.
        case answer(Answer, Ticket)
        /// It is being done for a connection that went.
        case wait(Ticket)
    }

    private struct Entry {
        let number: Int64
        let began: Int64
        var isConnected = true
        /// Nil while it runs.
        var answer: Answer?
        var byteCount = 0
    }

    /// The same may run several times at once, each for a connection of its own.
    private var entries: [Call: [Entry]] = [:]
    /// The oldest first; those before `oldest` are gone.
    private var order: [(ticket: Ticket, began: Int64)] = []
    private var oldest = 0
    private var nextNumber: Int64 = 0
    private var keptBytes = 0
    /// How many calls are known.
    package private(set) var count = 0
    private let limit: Int
    private let byteLimit: Int

    package init(limit: Int = 65_536, byteLimit: Int = 16 << 20) {
        precondition(limit > 0, "a call is remembered")
        self.limit = limit
        self.byteLimit = byteLimit
    }

    /// A call comes in at `now`, in milliseconds.
    package mutating func arrive(_ call: Call, now: Int64) -> Arrival {
        while oldest < order.count, order[oldest].began < now - Self.memory { letGoOldest() }
        if let place = entries[call]?.firstIndex(where: { !$0.isConnected }), let entry = entries[call]?[place] {
            let ticket = Ticket(call: call, number: entry.number)
            guard let answer = entry.answer else { return .wait(ticket) }
            entries[call]?[place].isConnected = true
            return .answer(answer, ticket)
        }
        nextNumber += 1
        let ticket = Ticket(call: call, number: nextNumber)
        while count >= limit { letGoOldest() }
        entries[call, default: []].append(Entry(number: nextNumber, began: now))
        order.append((ticket, now))
        count += 1
        return .perform(ticket)
    }

    /// A call is done; it may have been lost meanwhile, or be lost yet.
    package mutating func finished(_ ticket: Ticket, _ answer: Answer, byteCount: Int) {
        guard let place = place(of: ticket) else { return }
        entries[ticket.call]?[place].answer = answer
        entries[ticket.call]?[place].byteCount = byteCount
        keptBytes += byteCount
        while keptBytes > byteLimit, oldest < order.count { letGoOldest() }
    }

    /// The connection of a call went before its answer was written, or before there was one.
    package mutating func lost(_ ticket: Ticket) {
        guard let place = place(of: ticket) else { return }
        entries[ticket.call]?[place].isConnected = false
    }

    /// The answer was written, or the call failed: one that comes now is a new one.
    package mutating func delivered(_ ticket: Ticket) {
        guard let place = place(of: ticket), let entry = entries[ticket.call]?.remove(at: place) else { return }
        if entries[ticket.call]?.isEmpty ?? false { entries[ticket.call] = nil }
        keptBytes -= entry.byteCount
        count -= 1
    }

    private func place(of ticket: Ticket) -> Int? {
        entries[ticket.call]?.firstIndex { $0.number == ticket.number }
    }

    private mutating func letGoOldest() {
        delivered(order[oldest].ticket)
        oldest += 1
        if oldest > 1024, oldest * 2 > order.count {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}
