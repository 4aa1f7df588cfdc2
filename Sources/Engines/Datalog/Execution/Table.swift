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

    /// A finished table of columns that others have, too; its rows are distinct.
    init(sharing columns: [CodeBuffer]) {
        arity = columns.count
        windows = columns.map { _ in nil }
        self.columns = columns
        membership = .rows(RowSet())
        knowsItsRows = false
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
        case .bits(let window, let bits): insert(source[0], rows, window, bits)
        case .pairs(let pairs): insert(source[0], source[1], rows, pairs)
        case .rows(let set): insert(source, rows, set)
        }
    }

    private func insert(_ source: CodeBuffer, _ rows: Int, _ window: CodeWindow, _ bits: CodeBuffer) {
        let column = columns[0]
        column.reserve(column.count + rows)
        let words = unsafe bits.base
        let codes = unsafe source.base
        let out = unsafe column.base
        var end = column.count
        for row in 0..<rows {
            let code = unsafe codes[row]
            precondition(window.contains(code), "a code of the window")
            let offset = code &- window.low
            let bit = UInt32(1) << (offset & 31)
            let word = unsafe words[Int(offset >> 5)]
            if word & bit != 0 { continue }
            unsafe words[Int(offset >> 5)] = word | bit
            unsafe out[end] = code
            end &+= 1
        }
        column.resize(to: end)
    }

    private func insert(_ firsts: CodeBuffer, _ seconds: CodeBuffer, _ rows: Int, _ pairs: PairSet) {
        let one = columns[0]
        let other = columns[1]
        one.reserve(one.count + rows)
        other.reserve(other.count + rows)
        let outFirsts = unsafe one.base
        let outSeconds = unsafe other.base
        let firsts = unsafe firsts.base
        let seconds = unsafe seconds.base
        var end = one.count
        for row in 0..<rows where unsafe pairs.insert(firsts[row], seconds[row]) {
            unsafe outFirsts[end] = firsts[row]
            unsafe outSeconds[end] = seconds[row]
            end &+= 1
        }
        one.resize(to: end)
        other.resize(to: end)
    }

    private func insert(_ source: [CodeBuffer], _ rows: Int, _ set: RowSet) {
        for column in columns { column.reserve(column.count + rows) }
        let held = unsafe ColumnPointers(columns)
        let new = unsafe ColumnPointers(source)
        var end = count
        for row in 0..<rows {
            let found = unsafe set.findOrInsert(end, hash: new.hash(row)) { unsafe held.equal($0, new, row) }
            guard found == end else { continue }
            unsafe held.copy(end, from: new, row)
            end &+= 1
        }
        for column in columns { column.resize(to: end) }
    }

    /// Marks the rows of a batch that are there.
    func mark(_ isThere: CodeBuffer, _ key: [CodeBuffer], count rows: Int) {
        let marks = unsafe isThere.base
        switch membership {
        case .bits(let window, let bits):
            let codes = unsafe key[0].base
            let words = unsafe bits.base
            for row in 0..<rows {
                let code = unsafe codes[row]
                guard window.contains(code) else { continue }
                let offset = code &- window.low
                if unsafe words[Int(offset >> 5)] >> (offset & 31) & 1 == 1 { unsafe marks[row] = 1 }
            }
        case .pairs(let pairs):
            let firsts = unsafe key[0].base
            let seconds = unsafe key[1].base
            for row in 0..<rows where unsafe pairs.contains(firsts[row], seconds[row]) { unsafe marks[row] = 1 }
        case .rows(let set):
            let held = unsafe ColumnPointers(columns)
            let asked = unsafe ColumnPointers(key)
            for row in 0..<rows {
                let found = unsafe set.find(asked.hash(row)) { unsafe held.equal($0, asked, row) }
                if found != nil { unsafe marks[row] = 1 }
            }
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
