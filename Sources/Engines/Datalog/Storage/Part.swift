internal import Basics

/// Rows of a stored relation that never change, and the indices that were made over them.
final class Part: Sendable {
    let columns: [CodeBuffer]
    let count: Int
    private let made: Lock<Made>

    private struct Made {
        var indices: [[Int]: ColumnIndex] = [:]
        var bounds: [Int: CodeWindow?] = [:]
    }

    init(columns: [CodeBuffer], count: Int) {
        self.columns = columns
        self.count = count
        made = Lock(Made())
    }

    /// An index over some columns that has these other columns in the order of its runs.
    func index(_ keys: [Int], payload: [Int]) -> (index: ColumnIndex, payload: [CodeBuffer]) {
        made.withLock { made in
            let index = made.indices[keys] ?? ColumnIndex(columns, count: count, keys: keys)
            made.indices[keys] = index
            return (index, payload.map(index.payload))
        }
    }

    /// An index over some columns, and another column in the order of its runs, each run in order.
    func index(_ keys: [Int], sorted column: Int) -> (index: ColumnIndex, payload: CodeBuffer) {
        made.withLock { made in
            let index = made.indices[keys] ?? ColumnIndex(columns, count: count, keys: keys)
            made.indices[keys] = index
            return (index, index.sortedPayload(column))
        }
    }

    /// The codes of a column lie in this window; nil when there are no rows.
    func window(_ column: Int) -> CodeWindow? {
        made.withLock { made in
            if let known = made.bounds[column] { return known }
            let window = columns[column].bounds().map(CodeWindow.init)
            made.bounds[column] = .some(window)
            return window
        }
    }

    var bytes: Int {
        made.withLock { made in
            columns.reduce(0) { $0 + $1.capacity * 4 } + made.indices.values.reduce(0) { $0 + $1.bytes }
        }
    }
}

/// The rows of a part that no longer count.
struct DeadRows: Sendable {
    private var words: [UInt64]
    private(set) var count = 0

    init(rows: Int) { words = Array(repeating: 0, count: (rows + 63) / 64) }

    @inline(__always)
    func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }

    mutating func insert(_ row: Int) {
        guard !contains(row) else { return }
        words[row >> 6] |= 1 << UInt64(row & 63)
        count += 1
    }
}

/// The rows of a relation as one query sees them.
struct RelationRows: Sendable {
    var parts: [PartRows] = []

    struct PartRows: Sendable {
        let part: Part
        var dead: DeadRows?

        var count: Int { part.count - (dead?.count ?? 0) }
    }

    var count: Int { parts.reduce(0) { $0 + $1.count } }

    /// The codes of a column, over all parts; nil when there are no rows.
    func window(_ column: Int) -> CodeWindow? {
        parts.reduce(nil) { window, rows in
            guard let other = rows.part.window(column) else { return window }
            return window?.union(other) ?? other
        }
    }
}
