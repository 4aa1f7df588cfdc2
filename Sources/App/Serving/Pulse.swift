internal import Basics
internal import FilesDriver
internal import Model
internal import NetDriver
internal import ProcessDriver
internal import Repertoire
internal import Web

/// What a server says of how it does, as last known: nothing is asked for it.
struct Pulse: Sendable {
    /// Nanoseconds of the clock that only goes forward.
    let startedAt: Int64

    private var uptimeSeconds: Double {
        Double((MonotonicClock().nanoseconds() - startedAt) / 1_000_000) / 1000
    }

    func vitals(_ metrics: RouteMetrics?, _ server: HTTPServer?) -> Vitals {
        var vitals = Vitals()
        vitals.uptimeSeconds = uptimeSeconds
        if let totals = metrics?.totals() {
            vitals.requests = totals.count
            vitals.averageMilliseconds = totals.averageMilliseconds
            vitals.p95Milliseconds = totals.milliseconds(atMost: 0.95)
            vitals.p99Milliseconds = totals.milliseconds(atMost: 0.99)
        }
        let counters = server?.loops.map(\.counters) ?? []
        let accepted = counters.reduce(0) { $0 + $1.accepted.value }
        vitals.connections = Int64(accepted - counters.reduce(0) { $0 + $1.closed.value })
        vitals.residentBytes = ProcessUsage.now().residentBytes
        return vitals
    }

    /// The answer to whoever asks whether the process serves.
    func health() -> [UInt8] {
        let now = Instant(milliseconds: SystemClock().milliseconds()).iso
        var out = JSONWriter()
        out.openObject()
        out.field("status")
        out.text("ok")
        out.field("message")
        out.text("Prima serves.")
        out.field("timestamp")
        out.text(now)
        out.field("uptime")
        out.double(uptimeSeconds)
        out.field("mode")
        out.text("embedded")
        out.field("database")
        out.openObject()
        out.field("status")
        out.text("embedded")
        out.field("asOf")
        out.text(now)
        out.closeObject()
        out.field("version")
        out.text(Version.program)
        out.closeObject()
        return out.bytes
    }
}
