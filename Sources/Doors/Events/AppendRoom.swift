internal import Synchronization
internal import Web

/// Room for what was read and waits for its acknowledgement.
///
/// Clients may send faster than the disk and the views go: without a bound, what they sent would fill the memory.
/// Beyond it they are told to come back. Whoever finds all the room free is let in, however much it brings.
final class AppendRoom: Sendable {
    private let limit: Int
    private let waiting = Atomic<Int>(0)

    /// `limit` is bytes as they came: 128 MiB of them are a few times as many once they are read.
    init(limit: Int = 128 << 20) { self.limit = limit }

    /// Takes room, to be given back when the acknowledgement is there.
    func take(_ bytes: Int) throws(Problem) {
        let taken = waiting.add(bytes, ordering: .relaxed).newValue
        guard taken <= limit || taken == bytes else {
            give(bytes)
            throw .crowded
        }
    }

    func give(_ bytes: Int) { waiting.subtract(bytes, ordering: .relaxed) }

    func write(into page: inout MetricsPage) {
        page.family("prima_append_waiting_bytes", .gauge, "What was read and waits for its acknowledgement.")
        page.sample("", "", Int64(waiting.load(ordering: .relaxed)))
    }
}
