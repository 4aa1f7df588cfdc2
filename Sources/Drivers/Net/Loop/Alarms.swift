/// What a loop shall do at certain times: a heap, the next one first.
struct Alarms {
    struct Alarm {
        let due: Int64
        let rank: UInt64
        let work: (EventLoop) -> Void
    }

    private var heap: [Alarm] = []
    private var rank: UInt64 = 0

    /// When the next one is due, in nanoseconds.
    var next: Int64? { heap.first?.due }

    mutating func add(_ due: Int64, _ work: @escaping (EventLoop) -> Void) {
        rank += 1
        heap.append(Alarm(due: due, rank: rank, work: work))
        var place = heap.count - 1
        while place > 0, Self.isBefore(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// The next one, when it is due.
    mutating func take(_ now: Int64) -> Alarm? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if Self.isBefore(heap[child], heap[least]) { least = child }
            }
            guard least != place else { return first }
            heap.swapAt(place, least)
            place = least
        }
    }

    private static func isBefore(_ one: Alarm, _ other: Alarm) -> Bool {
        (one.due, one.rank) < (other.due, other.rank)
    }
}
