/// Finds the rows of finished columns by the codes of some of them.
///
/// The rows of one key lie together: `order` lists them, and `payload` holds other columns in that order, so that a
/// join reads runs. Where the keys are close together a table of offsets finds a run, else a hash table. Made once,
/// never changed.
@safe final class ColumnIndex: @unchecked Sendable {
    let keys: [Int]
    let rowCount: Int
    private let columns: [CodeBuffer]
    /// The rows by key; nil when they lie in that order anyway.
    let order: CodeBuffer?
    let form: Form
    private var sorted: [Int: CodeBuffer] = [:]
    private var sortedRuns: [Int: CodeBuffer] = [:]

    enum Form {
        /// Every row has the empty key.
        case all
        /// The run of a code lies between its offset and the next.
        case dense(CodeWindow, offsets: CodeBuffer)
        /// The run of a group lies between its offset and the next; the groups are found by a row of each.
        case hashed(RowSet, samples: CodeBuffer, offsets: CodeBuffer)
    }

    init(_ columns: [CodeBuffer], count: Int, keys: [Int]) {
        self.keys = keys
        self.columns = columns
        rowCount = count
        guard let first = keys.first, count > 0 else {
            form = .all
            order = nil
            return
        }
        if keys.count == 1, let bounds = columns[first].bounds(),
            Int(bounds.upperBound - bounds.lowerBound) <= max(count * 8, 1024)
        {
            (form, order) = Self.dense(columns[first], count, CodeWindow(bounds))
        } else {
            (form, order) = Self.hashed(columns, count, keys)
        }
    }

    /// A column in the order of the runs.
    ///
    /// Only who has the index for himself may ask for a new one.
    func payload(_ column: Int) -> CodeBuffer {
        guard let order else { return columns[column] }
        if let made = sorted[column] { return made }
        let source = unsafe columns[column].base
        let made = CodeBuffer(capacity: rowCount)
        made.resize(to: rowCount)
        let target = unsafe made.base
        let rows = unsafe order.base
        for place in 0..<rowCount { unsafe target[place] = source[Int(rows[place])] }
        sorted[column] = made
        return made
    }

    /// A column in the order of the runs, each run in the order of its codes.
    ///
    /// Only who has the index for himself may ask for a new one.
    func sortedPayload(_ column: Int) -> CodeBuffer {
        if let made = sortedRuns[column] { return made }
        let source = payload(column)
        let made = CodeBuffer(capacity: rowCount)
        made.append(source, 0..<rowCount)
        switch form {
        case .all: made.sort(0..<rowCount)
        case .dense(let window, let offsets):
            for slot in 0..<window.count { made.sort(Int(offsets[slot])..<Int(offsets[slot + 1])) }
        case .hashed(_, let samples, let offsets):
            for group in 0..<samples.count { made.sort(Int(offsets[group])..<Int(offsets[group + 1])) }
        }
        sortedRuns[column] = made
        return made
    }

    var bytes: Int { (sorted.count + sortedRuns.count + 2) * rowCount * 4 }

    private static func dense(_ column: CodeBuffer, _ count: Int, _ window: CodeWindow) -> (Form, CodeBuffer?) {
        let offsets = CodeBuffer(repeating: 0, count: window.count + 1)
        let starts = unsafe offsets.base
        let codes = unsafe column.base
        var isSorted = true
        var last = window.low
        for row in 0..<count {
            let code = unsafe codes[row]
            if code < last { isSorted = false }
            last = code
            unsafe starts[Int(code &- window.low) + 1] &+= 1
        }
        for slot in 0..<window.count { unsafe starts[slot + 1] &+= starts[slot] }
        guard !isSorted else { return (.dense(window, offsets: offsets), nil) }
        let order = CodeBuffer(capacity: count)
        order.resize(to: count)
        let cursor = CodeBuffer(capacity: window.count)
        cursor.append(offsets, 0..<window.count)
        let places = unsafe cursor.base
        let rows = unsafe order.base
        for row in 0..<count {
            let slot = unsafe Int(codes[row] &- window.low)
            unsafe rows[Int(places[slot])] = UInt32(truncatingIfNeeded: row)
            unsafe places[slot] &+= 1
        }
        return (.dense(window, offsets: offsets), order)
    }

    private static func hashed(_ columns: [CodeBuffer], _ count: Int, _ keys: [Int]) -> (Form, CodeBuffer?) {
        let groups = RowSet(capacity: 64)
        let samples = CodeBuffer()
        let groupOf = CodeBuffer(repeating: 0, count: count)
        let sizes = CodeBuffer()
        sizes.append(0)
        let pointers = unsafe ColumnPointers(columns, keys)
        for row in 0..<count {
            let next = samples.count
            let group = unsafe groups.findOrInsert(next, hash: pointers.hash(row)) { group in
                unsafe pointers.equal(Int(samples.base[group]), pointers, row)
            }
            if group == next {
                samples.append(UInt32(truncatingIfNeeded: row))
                sizes.append(0)
            }
            unsafe groupOf.base[row] = UInt32(truncatingIfNeeded: group)
            unsafe sizes.base[group + 1] &+= 1
        }
        for group in 0..<samples.count { sizes[group + 1] += sizes[group] }
        let order = CodeBuffer(repeating: 0, count: count)
        let cursor = CodeBuffer(capacity: samples.count)
        cursor.append(sizes, 0..<samples.count)
        for row in 0..<count {
            let group = unsafe Int(groupOf.base[row])
            unsafe order.base[Int(cursor.base[group])] = UInt32(truncatingIfNeeded: row)
            unsafe cursor.base[group] &+= 1
        }
        return (.hashed(groups, samples: samples, offsets: sizes), order)
    }

    @inline(__always)
    static func combined(_ hash: UInt64, _ code: Code) -> UInt64 {
        let mixed = (hash ^ UInt64(code)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed >> 32)
    }

    @inline(__always)
    static func finished(_ hash: UInt64) -> UInt64 {
        let mixed = hash &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }

    // MARK: Looking up

    /// Finds the run of each row of a batch, whose keys stand in these columns.
    func runs(_ key: [CodeBuffer], count rows: Int, starts: CodeBuffer, ends: CodeBuffer) {
        starts.resize(to: rows)
        ends.resize(to: rows)
        let first = unsafe starts.base
        let last = unsafe ends.base
        switch form {
        case .all:
            for row in 0..<rows {
                unsafe first[row] = 0
                unsafe last[row] = UInt32(truncatingIfNeeded: rowCount)
            }
        case .dense(let window, let offsets):
            let codes = unsafe key[0].base
            let table = unsafe offsets.base
            for row in 0..<rows {
                let code = unsafe codes[row]
                guard window.contains(code) else {
                    unsafe first[row] = 0
                    unsafe last[row] = 0
                    continue
                }
                let slot = Int(code &- window.low)
                unsafe first[row] = table[slot]
                unsafe last[row] = table[slot + 1]
            }
        case .hashed(let groups, let samples, let offsets):
            let own = unsafe ColumnPointers(columns, keys)
            let asked = unsafe ColumnPointers(key)
            let sample = unsafe samples.base
            let table = unsafe offsets.base
            for row in 0..<rows {
                let found = unsafe groups.find(asked.hash(row)) { group in
                    unsafe own.equal(Int(sample[group]), asked, row)
                }
                unsafe first[row] = found.map { unsafe table[$0] } ?? 0
                unsafe last[row] = found.map { unsafe table[$0 + 1] } ?? 0
            }
        }
    }

    /// The run of one key.
    func run(_ key: [CodeBuffer], row: Int) -> Range<Int> {
        switch form {
        case .all: return 0..<rowCount
        case .dense(let window, let offsets):
            let code = unsafe key[0].base[row]
            guard window.contains(code) else { return 0..<0 }
            let slot = Int(code &- window.low)
            return Int(offsets[slot])..<Int(offsets[slot + 1])
        case .hashed(let groups, let samples, let offsets):
            let own = unsafe ColumnPointers(columns, keys)
            let asked = unsafe ColumnPointers(key)
            let found = unsafe groups.find(asked.hash(row)) { unsafe own.equal(Int(samples[$0]), asked, row) }
            guard let found else { return 0..<0 }
            return Int(offsets[found])..<Int(offsets[found + 1])
        }
    }

    /// The row at a place of a run.
    @inline(__always)
    func row(at place: Int) -> Int {
        guard let order else { return place }
        return unsafe Int(order.base[place])
    }
}
