/// The rows that a rule has derived so far: a set, in the order of their derivation.
///
/// The rows of the last round are those from `deltaStart` up to `deltaEnd`; what this round adds stands behind them.
@safe final class Table {
    let arity: Int
    let columns: [CodeBuffer]
    private let membership: Membership
    private(set) var deltaStart = 0
    private(set) var deltaEnd = 0
    private var chains: [[Int]: ChainIndex] = [:]
    private var indices: [[Int]: ColumnIndex] = [:]
    let windows: [CodeWindow?]
    /// False when rows were added past the set.
    private(set) var knowsItsRows = true

    private enum Membership {
        case bits(CodeWindow, CodeBuffer)
        case pairs(PairSet)
        case rows(RowSet)
    }

    /// `windows` bound the codes of the columns where they are known.
    init(arity: Int, windows: [CodeWindow?]) {
        self.arity = arity
        self.windows = windows
        columns = (0..<arity).map { _ in CodeBuffer() }
        if arity == 1, let window = windows[0], window.count <= 1 << 28 {
            membership = .bits(window, CodeBuffer(repeating: 0, count: window.count / 32 + 1))
        } else if arity == 2, let first = windows[0], let second = windows[1], first.count <= 1 << 24 {
            membership = .pairs(PairSet(firsts: first, seconds: second))
        } else {
            membership = .rows(RowSet())
        }
    }

    var count: Int { columns[0].count }

    var bytes: Int {
        var bytes = columns.reduce(0) { $0 + $1.capacity * 4 }
        for chain in chains.values { bytes += chain.bytes }
        for index in indices.values { bytes += index.bytes }
        switch membership {
        case .bits(_, let bits): bytes += bits.capacity * 4
        case .pairs(let pairs): bytes += pairs.bytes
        case .rows(let rows): bytes += rows.bytes
        }
        return bytes
    }

    /// The pairs, when the table is a matrix of them.
    var pairs: PairSet? {
        if case .pairs(let pairs) = membership { pairs } else { nil }
    }

    /// Makes what was added since the last call the rows of the last round; false when nothing was.
    func advance() -> Bool {
        deltaStart = deltaEnd
        deltaEnd = count
        for chain in chains.values { chain.update(to: deltaEnd) }
        return deltaEnd > deltaStart
    }

    /// Adds rows whose codes stand in the columns of a batch.
    func insert(_ source: [CodeBuffer], count rows: Int) {
        switch membership {
        case .bits(let window, let bits):
            let words = unsafe bits.base
            let codes = unsafe source[0].base
            for row in 0..<rows {
                let code = unsafe codes[row]
                precondition(window.contains(code), "a code of the window")
                let offset = code &- window.low
                let bit = UInt32(1) << (offset & 31)
                let word = unsafe words[Int(offset >> 5)]
                if word & bit != 0 { continue }
                unsafe words[Int(offset >> 5)] = word | bit
                columns[0].append(code)
            }
        case .pairs(let pairs):
            let firsts = unsafe source[0].base
            let seconds = unsafe source[1].base
            for row in 0..<rows where unsafe pairs.insert(firsts[row], seconds[row]) {
                unsafe columns[0].append(firsts[row])
                unsafe columns[1].append(seconds[row])
            }
        case .rows(let set):
            for row in 0..<rows { insert(source, row, into: set) }
        }
    }

    @inline(__always)
    private func insert(_ source: [CodeBuffer], _ row: Int, into set: RowSet) {
        var hash: UInt64 = 0
        for column in source { hash = ColumnIndex.combined(hash, unsafe column.base[row]) }
        let next = count
        let found = set.findOrInsert(
            next, hash: ColumnIndex.finished(hash), { self.equals($0, source, row) },
            rehash: { held in held == next ? ColumnIndex.finished(hash) : self.hash(of: held) }
        )
        guard found == next else { return }
        for (place, column) in columns.enumerated() { column.append(unsafe source[place].base[row]) }
    }

    @inline(__always)
    private func equals(_ held: Int, _ source: [CodeBuffer], _ row: Int) -> Bool {
        for place in 0..<arity where unsafe columns[place].base[held] != source[place].base[row] { return false }
        return true
    }

    private func hash(of row: Int) -> UInt64 {
        var hash: UInt64 = 0
        for column in columns { hash = ColumnIndex.combined(hash, unsafe column.base[row]) }
        return ColumnIndex.finished(hash)
    }

    /// True when the row is there.
    func contains(_ key: [CodeBuffer], row: Int) -> Bool {
        switch membership {
        case .bits(let window, let bits):
            let code = unsafe key[0].base[row]
            guard window.contains(code) else { return false }
            let offset = code &- window.low
            return unsafe bits.base[Int(offset >> 5)] >> (offset & 31) & 1 == 1
        case .pairs(let pairs): return unsafe pairs.contains(key[0].base[row], key[1].base[row])
        case .rows(let set):
            var hash: UInt64 = 0
            for column in key { hash = ColumnIndex.combined(hash, unsafe column.base[row]) }
            return set.find(ColumnIndex.finished(hash)) { self.equals($0, key, row) } != nil
        }
    }

    /// Rows that are known to be new and distinct, from a computation of its own.
    ///
    /// The set does not learn of them: who looks for rows asks `index`.
    func appendUnchecked(_ source: [CodeBuffer]) {
        knowsItsRows = false
        for place in 0..<arity { columns[place].append(source[place], 0..<source[place].count) }
    }

    /// The chain over some columns, up to the last round.
    func chain(_ keys: [Int]) -> ChainIndex {
        if let chain = chains[keys] { return chain }
        let chain = ChainIndex(columns, keys: keys, window: keys.count == 1 ? windows[keys[0]] : nil)
        chain.update(to: deltaEnd)
        chains[keys] = chain
        return chain
    }

    /// An index of a table that grows no more.
    func index(_ keys: [Int]) -> ColumnIndex {
        if let index = indices[keys], index.rowCount == count { return index }
        let index = ColumnIndex(columns, count: count, keys: keys)
        indices[keys] = index
        return index
    }
}
