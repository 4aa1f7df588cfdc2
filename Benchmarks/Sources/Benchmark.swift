/// One benchmark: a name, what it measures, and how.
///
/// A new one is a file in a folder of its subject, a line in `all`, and a file of thresholds that has its name.
struct Benchmark: Sendable {
    /// What `--only` looks for, and what the files of thresholds and results are called.
    let name: String
    let summary: String
    /// Whether it runs only when it is named: it takes many minutes.
    var isApart = false
    let run: @Sendable (Bench) async throws -> [Figure]

    /// In the order in which they run.
    static let all: [Benchmark] =
        [
            .bareSync, .rivals, .codecs, .ledgerAppends, .ledgerSustained, .ledgerReading, .ledgerAgents,
            .fieldFold, .fieldReading,
            .serverStart, .serverHealth, .serverIdle, .serverFanOut, .serverAppends, .serverSustained,
        ] + datalog + vectors
}

/// What a benchmark found: a figure, and the same of a rival in the same run.
struct Figure: Sendable {
    let name: String
    let value: Double
    let unit: String
    var rival: Rivalry?

    struct Rivalry: Sendable {
        let name: String
        let value: Double
        /// How tables show it: with its version, or with why it was stopped or skipped.
        let label: String
        /// True when it is not here: nothing is held against it then.
        let isSkipped: Bool

        init(name: String, value: Double, label: String? = nil) {
            self.name = name
            self.value = value
            self.label = label ?? name
            isSkipped = false
        }

        /// A rival that is not here, and why.
        init(name: String, skipped reason: String) {
            self.name = name
            value = .nan
            label = "\(name), SKIPPED: \(reason)"
            isSkipped = true
        }
    }
}
