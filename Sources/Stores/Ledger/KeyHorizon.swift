/// How long a ledger remembers idempotency keys: for a time, or for a count of newer ones, whichever is more.
package struct KeyHorizon: Sendable, Hashable {
    /// Of the ledger's own time.
    package var milliseconds: Int64
    package var count: Int64

    /// 7 days or 10 million keys.
    package init(milliseconds: Int64 = 7 * 24 * 60 * 60 * 1000, count: Int64 = 10_000_000) {
        self.milliseconds = milliseconds
        self.count = count
    }

    /// Whether a key is remembered that an event received at `received` used, with `newer` keys used since.
    package func holds(received: Int64, newer: Int64, now: Int64) -> Bool {
        newer < count || now - received <= milliseconds
    }
}
