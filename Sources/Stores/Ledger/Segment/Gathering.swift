/// Whether a small group waits a moment for more batches: for those of the clients that were just answered.
///
/// Clients that each wait for their answer come back at once, while the others' batches wait already. A sync for each
/// half of them takes twice as long as one for all. It goes on while they keep coming, and nobody is waited for who did
/// not come the last time.
struct Gathering {
    /// So many clients come back in so long a time, if they do.
    private static let step = 8
    private static let stepNanoseconds = 30_000

    /// How many of the clients that are answered are thought to come back.
    private var hope = 1
    /// How many groups go by before hope begins anew.
    private var rest = 0
    private var expected = 0
    private var missing = 0

    /// How many batches to wait for now; none when all are there.
    ///
    /// Half of what is missing, so that it is taken in while the other half comes, and the writer wakes seldom.
    var wanted: Int { min(missing, max(Self.step, missing / 2)) }

    /// How long to wait for as many.
    static func nanoseconds(for wanted: Int) -> Int { (wanted + step - 1) / step * stepNanoseconds }

    /// Takes note of batches that were acknowledged, while others waited already.
    mutating func begin(answered: Int, waiting: Int) {
        if hope == 0 {
            rest -= 1
            if rest <= 0 { hope = 1 }
        }
        expected = min(answered, hope)
        missing = expected == 0 ? 0 : waiting + expected
    }

    /// Takes note of batches that came.
    mutating func took(_ count: Int) { missing = max(0, missing - count) }

    /// Takes note that nobody is waited for any more.
    mutating func end() {
        guard expected > 0 else { return }
        if missing == 0 {
            hope = min(2 * hope, 256)
        } else {
            hope = max(0, expected - missing)
            rest = 64
        }
        expected = 0
        missing = 0
    }
}
