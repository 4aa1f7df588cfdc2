/// Finds the rows of a growing table by the codes of some columns.
///
/// Each key leads to its latest row, each row to the one before it.
@safe final class ChainIndex {
    let keys: [Int]
    private let table: [CodeBuffer]
    private let heads: Heads
    private let previous = CodeBuffer()
    /// Rows below this are indexed.
    private(set) var count = 0
    static let end: UInt32 = .max

    private enum Heads {
        case dense(CodeWindow, CodeBuffer)
        /// Groups by a row of each, and the latest row of each.
        case hashed(RowSet, samples: CodeBuffer, latest: CodeBuffer)
    }

    /// The columns stay those of the table; `window` holds every code of a single key.
    init(_ columns: [CodeBuffer], keys: [Int], window: CodeWindow?) {
        self.keys = keys
        table = columns
        if keys.count == 1, let window {
            heads = .dense(window, CodeBuffer(repeating: Self.end, count: window.count))
        } else {
            heads = .hashed(RowSet(), samples: CodeBuffer(), latest: CodeBuffer())
        }
    }

    var bytes: Int { previous.capacity * 4 }

    /// Indexes the rows up to `end`.
    func update(to end: Int) {
        guard end > count else { return }
        previous.reserve(end)
        switch heads {
        case .dense(let window, let latest):
            let column = table[keys[0]]
            for row in count..<end {
                let slot = unsafe Int(column.base[row] &- window.low)
                previous.append(unsafe latest.base[slot])
                unsafe latest.base[slot] = UInt32(truncatingIfNeeded: row)
            }
        case .hashed(let groups, let samples, let latest):
            let pointers = unsafe ColumnPointers(table, keys)
            for row in count..<end {
                let next = samples.count
                let group = unsafe groups.findOrInsert(next, hash: pointers.hash(row)) {
                    unsafe pointers.equal(Int(samples.base[$0]), pointers, row)
                }
                if group == next {
                    samples.append(UInt32(truncatingIfNeeded: row))
                    latest.append(Self.end)
                }
                previous.append(latest[group])
                latest[group] = UInt32(truncatingIfNeeded: row)
            }
        }
        count = end
    }

    /// Finds the latest row of each key of a batch; `end` where there is none.
    func latest(_ key: [CodeBuffer], count rows: Int, into found: CodeBuffer) {
        found.resize(to: rows)
        let out = unsafe found.base
        switch heads {
        case .dense(let window, let latest):
            let codes = unsafe key[0].base
            let heads = unsafe latest.base
            for row in 0..<rows {
                let code = unsafe codes[row]
                unsafe out[row] = window.contains(code) ? heads[Int(code &- window.low)] : Self.end
            }
        case .hashed(let groups, let samples, let latest):
            let own = unsafe ColumnPointers(table, keys)
            let asked = unsafe ColumnPointers(key)
            for row in 0..<rows {
                let group = unsafe groups.find(asked.hash(row)) {
                    unsafe own.equal(Int(samples.base[$0]), asked, row)
                }
                unsafe out[row] = group.map { unsafe latest.base[$0] } ?? Self.end
            }
        }
    }

    /// The row before `row` with the same key.
    @inline(__always)
    func previous(of row: UInt32) -> UInt32 { unsafe previous.base[Int(row)] }
}
