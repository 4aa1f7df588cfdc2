/// What an evaluation may use.
///
/// It is asked for each batch, so that a runaway program ends soon.
package struct Budget: Sendable {
    /// Bytes of derived rows and what finds them.
    package var bytes: Int
    /// Derived rows.
    package var rows: Int
    /// Seconds; nil for no end.
    package var seconds: Double?

    package init(bytes: Int = 8 << 30, rows: Int = (1 << 31) - 2, seconds: Double? = nil) {
        self.bytes = bytes
        self.rows = rows
        self.seconds = seconds
    }
}

/// What derived rows, and what finds them, take.
package struct MemoryUse: Sendable {
    package var rows = 0
    package var bytes = 0

    package init(rows: Int = 0, bytes: Int = 0) {
        self.rows = rows
        self.bytes = bytes
    }
}

/// Holds an evaluation to its budget.
final class BudgetWatch {
    private let budget: Budget
    private let elapsed: @Sendable () -> Double
    private let isCancelled: @Sendable () -> Bool
    private let start: Double
    private var batches = 0
    /// The most that one evaluation took.
    private(set) var most = MemoryUse()

    init(
        _ budget: Budget,
        elapsed: @escaping @Sendable () -> Double,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.budget = budget
        self.elapsed = elapsed
        self.isCancelled = isCancelled
        start = elapsed()
    }

    /// Counts a batch; throws when time is up or nobody waits any more.
    @inline(__always)
    func tick() throws(ScriptError) {
        batches &+= 1
        if batches & 15 == 0 { try check() }
    }

    func check() throws(ScriptError) {
        if isCancelled() { throw ScriptError(.timedOut, "Running query is killed before completion") }
        if let seconds = budget.seconds, elapsed() - start > seconds {
            throw ScriptError(
                .timedOut,
                "Running query is killed before completion",
                remedy: "it may take \(seconds) s: raise :timeout"
            )
        }
    }

    /// Throws when derived rows take more than they may.
    func check(rows: Int, bytes: Int) throws(ScriptError) {
        if bytes > most.bytes { most = MemoryUse(rows: rows, bytes: bytes) }
        if rows > budget.rows {
            throw ScriptError(
                .budget,
                "the program derives more than \(budget.rows) rows",
                remedy: "bind more of its variables"
            )
        }
        if bytes > budget.bytes {
            throw ScriptError(
                .budget,
                "the program takes more than \(budget.bytes) bytes",
                remedy: "bind more of its variables"
            )
        }
    }
}
