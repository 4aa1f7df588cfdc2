internal import Ports
internal import Synchronization
internal import Web

/// Counts what was appended through the doors.
final class AppendCounts: Sendable {
    private let batches = Atomic<Int>(0)
    private let events = Atomic<Int>(0)
    private let duplicates = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)

    func note(_ result: Result<AppendReceipt, AppendError>) {
        switch result {
        case .success(let receipt):
            batches.add(1, ordering: .relaxed)
            events.add(receipt.positions.count - receipt.duplicates.count, ordering: .relaxed)
            duplicates.add(receipt.duplicates.count, ordering: .relaxed)
        case .failure(.refused): refused.add(1, ordering: .relaxed)
        case .failure(.store): failed.add(1, ordering: .relaxed)
        }
    }

    func write(into page: inout MetricsPage) {
        page.family("prima_append_batches", .counter, "Batches that were acknowledged.")
        page.sample("", "", Int64(batches.load(ordering: .relaxed)))
        page.family("prima_append_events", .counter, "Events that were acknowledged for the first time.")
        page.sample("", "", Int64(events.load(ordering: .relaxed)))
        page.family("prima_append_duplicates", .counter, "Events that were there already.")
        page.sample("", "", Int64(duplicates.load(ordering: .relaxed)))
        page.family("prima_append_refused", .counter, "Batches that the ledger refused.")
        page.sample("", "", Int64(refused.load(ordering: .relaxed)))
        page.family("prima_append_failed", .counter, "Batches that could not be made durable.")
        page.sample("", "", Int64(failed.load(ordering: .relaxed)))
    }
}
