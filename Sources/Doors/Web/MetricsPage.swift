internal import Basics

/// Numbers for a monitor to read: Prometheus' text format 0.0.4, or OpenMetrics 1.0.
package struct MetricsPage {
    package enum Format: Sendable { case prometheus, openMetrics }
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package private(set) var bytes: [UInt8] = []
    private let format: Format
    private var name: StaticString = ""
    private var kind = Kind.gauge

    package init(_ format: Format) { self.format = format }

    /// Begins a family; the name of a counter ends without `_total`, which its samples get.
    package mutating func family(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        self.name = name
        self.kind = kind
        // The older format calls the family of a counter by the name of its samples.
        let suffix = kind == .counter && format == .prometheus ? "_total" : ""
        write("# HELP \(name)\(suffix) \(help)\n# TYPE \(name)\(suffix) \(kind.rawValue)\n")
    }

    /// A sample of the present family.
    package mutating func sample(_ suffix: StaticString = "", _ labels: String = "", _ value: Int64) {
        sample(suffix, labels, text: String(value))
    }

    /// A sample in seconds, given in nanoseconds.
    package mutating func sample(_ suffix: StaticString = "", _ labels: String = "", seconds nanoseconds: Int64) {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        sample(suffix, labels, text: "\(whole)." + String(repeating: "0", count: 9 - digits.count) + digits)
    }

    private mutating func sample(_ suffix: StaticString, _ labels: String, text: String) {
        let total = kind == .counter ? "_total" : ""
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        write("\(name)\(suffix)\(total)\(braces) \(text)\n")
    }

    private mutating func write(_ text: String) { bytes.append(text.utf8.raw) }

    /// The whole page.
    package consuming func finished() -> [UInt8] {
        if format == .openMetrics { write("# EOF\n") }
        return bytes
    }
}
