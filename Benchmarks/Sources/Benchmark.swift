/// One benchmark: a name, what it measures, and how.
///
/// A new one is a file in a folder of its subject, a line in `all`, and a file of thresholds that has its name.
struct Benchmark: Sendable {
    /// What `--only` looks for, and what the files of thresholds and results are called.
    let name: String
    let summary: String
    let run: @Sendable (Bench) async throws -> [Figure]

    /// In the order in which they run.
    static let all: [Benchmark] = [
        .bareSync, .rivals, .codecs, .ledgerAppends, .ledgerSustained, .ledgerReading, .ledgerAgents,
        .fieldFold, .fieldReading,
        .serverStart, .serverHealth, .serverIdle, .serverFanOut, .serverAppends, .serverSustained,
    ]
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
    }
}
