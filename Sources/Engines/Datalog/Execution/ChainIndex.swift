/// Finds the rows of a growing table by the codes of some columns: each key leads to its latest row, each row to the one
/// before it.
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
            for row in count..<end {
                let hash = ColumnIndex.hash(table, keys, row)
                let group = groups.findOrInsert(
                    samples.count, hash: hash, { self.equal(Int(samples[$0]), row) },
                    rehash: { ColumnIndex.hash(self.table, self.keys, $0 == samples.count ? row : Int(samples[$0])) }
                )
                if group == samples.count {
                    samples.append(UInt32(truncatingIfNeeded: row))
                    latest.append(Self.end)
                }
                previous.append(latest[group])
                latest[group] = UInt32(truncatingIfNeeded: row)
            }
        }
        count = end
    }

    private func equal(_ one: Int, _ other: Int) -> Bool {
        for key in keys where unsafe table[key].base[one] != table[key].base[other] { return false }
        return true
    }

    /// The latest row of a key; `end` when there is none.
    @inline(__always)
    func latest(_ key: [CodeBuffer], row: Int) -> UInt32 {
        switch heads {
        case .dense(let window, let latest):
            let code = unsafe key[0].base[row]
            return window.contains(code) ? unsafe latest.base[Int(code &- window.low)] : Self.end
        case .hashed(let groups, let samples, let latest):
            var hash: UInt64 = 0
            for column in key { hash = ColumnIndex.combined(hash, unsafe column.base[row]) }
            let found = groups.find(ColumnIndex.finished(hash)) { group in
                let sample = unsafe Int(samples.base[group])
                for (place, column) in key.enumerated()
                where unsafe table[keys[place]].base[sample] != column.base[row] { return false }
                return true
            }
            guard let found else { return Self.end }
            return latest[found]
        }
    }

    /// The row before `row` with the same key.
    @inline(__always)
    func previous(of row: UInt32) -> UInt32 { unsafe previous.base[Int(row)] }
}
