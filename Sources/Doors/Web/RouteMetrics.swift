package import NetDriver
internal import Synchronization

/// Counts the answers of each route, and how long they took.
package final class RouteMetrics: Sendable {
    /// Upper bounds of the histogram, in nanoseconds.
    static let bounds: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000,
    ]
    /// The bounds in seconds, as text: exact, and the same everywhere.
    static let labels: [StaticString] = [
        "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
        "1.0", "2.5", "10.0",
    ]

    final class Entry: Sendable {
        let name: StaticString
        /// `ANY` when the route takes each.
        let method: StaticString
        let buckets = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
        let statuses = InlineArray<6, Atomic<Int>> { _ in Atomic(0) }
        let nanoseconds = Atomic<Int>(0)
        let bytes = Atomic<Int>(0)

        init(_ name: StaticString, _ method: StaticString) {
            self.name = name
            self.method = method
        }
    }

    /// By number: 0 is what reached no route.
    let entries: [Entry]

    package init(_ routes: [(name: StaticString, method: HTTPMethod?)]) {
        entries = [Entry("none", "none")] + routes.map { Entry($0.name, $0.method?.name ?? "ANY") }
    }

    func note(_ record: ExchangeRecord) {
        let entry = entries[min(Int(record.route), entries.count - 1)]
        var bucket = 0
        while bucket < Self.bounds.count, record.nanoseconds > Self.bounds[bucket] { bucket += 1 }
        entry.buckets[bucket].add(1, ordering: .relaxed)
        entry.statuses[min(Int(record.status.code / 100), 5)].add(1, ordering: .relaxed)
        entry.nanoseconds.add(Int(record.nanoseconds), ordering: .relaxed)
        entry.bytes.add(record.sent, ordering: .relaxed)
    }

    /// All routes together.
    package struct Totals: Sendable {
        package let count: Int64
        let nanoseconds: Int64
        let buckets: [Int64]

        package var averageMilliseconds: Double {
            count > 0 ? Double(nanoseconds) / Double(count) / 1_000_000 : 0
        }

        /// The bound under which that share of the answers stayed.
        package func milliseconds(atMost share: Double) -> Double {
            var sum: Int64 = 0
            for (bucket, bound) in RouteMetrics.bounds.enumerated() {
                sum += buckets[bucket]
                if Double(sum) >= share * Double(count) { return Double(bound) / 1_000_000 }
            }
            return Double(RouteMetrics.bounds[RouteMetrics.bounds.count - 1]) / 1_000_000
        }
    }

    package func totals() -> Totals {
        var buckets = [Int64](repeating: 0, count: Self.bounds.count + 1)
        var nanoseconds: Int64 = 0
        for entry in entries {
            nanoseconds += Int64(entry.nanoseconds.load(ordering: .relaxed))
            for bucket in buckets.indices { buckets[bucket] += Int64(entry.buckets[bucket].load(ordering: .relaxed)) }
        }
        return Totals(count: buckets.reduce(0, +), nanoseconds: nanoseconds, buckets: buckets)
    }

    /// Writes what was counted.
    package func write(into page: inout MetricsPage) {
        page.family("prima_http_requests", .counter, "Answers, by route and class of status.")
        for entry in entries {
            for status in 1..<6 {
                let count = entry.statuses[status].load(ordering: .relaxed)
                guard count > 0 else { continue }
                let labels = "route=\"\(entry.name)\",method=\"\(entry.method)\",status=\"\(status)xx\""
                page.sample("", labels, Int64(count))
            }
        }
        page.family("prima_http_sent_bytes", .counter, "Bytes of the bodies of answers, by route.")
        for entry in entries {
            let count = Int64(entry.bytes.load(ordering: .relaxed))
            page.sample("", "route=\"\(entry.name)\",method=\"\(entry.method)\"", count)
        }
        page.family("prima_http_request_seconds", .histogram, "From the end of a head to the end of its answer.")
        for entry in entries {
            let labels = "route=\"\(entry.name)\",method=\"\(entry.method)\""
            var sum: Int64 = 0
            for bucket in 0...Self.bounds.count {
                sum += Int64(entry.buckets[bucket].load(ordering: .relaxed))
                let bound = bucket < Self.bounds.count ? "\(Self.labels[bucket])" : "+Inf"
                page.sample("_bucket", "\(labels),le=\"\(bound)\"", sum)
            }
            page.sample("_sum", labels, seconds: Int64(entry.nanoseconds.load(ordering: .relaxed)))
            page.sample("_count", labels, sum)
        }
    }
}
