/// Puts rows into the order of their values, and decodes them.
///
/// Each column becomes numbers that are ordered as its values are: integers as they are, others by rank. Rows whose
/// numbers fit into 64 bits together are sorted by radix, whole; others by comparison.
struct Sorter {
    private let interner: Interner
    private let columns: [CodeBuffer]
    private let count: Int
    /// Filled when the order of every column matters.
    private var orders: [ColumnOrder] = []

    /// How the codes of a column are ordered.
    private enum ColumnOrder {
        case integers(low: Code, bits: Int)
        case ranks(RowSet, codes: CodeBuffer, ranks: [UInt32], values: [Datum], bits: Int)

        var bits: Int {
            switch self {
            case .integers(_, let bits), .ranks(_, _, _, _, let bits): bits
            }
        }
    }

    init(_ columns: [CodeBuffer], count: Int, _ interner: Interner) {
        self.columns = columns
        self.count = count
        self.interner = interner
    }

    private static func width(_ largest: Int) -> Int { Int.bitWidth - largest.leadingZeroBitCount }

    private static func order(of column: CodeBuffer, _ count: Int, _ interner: Interner) -> ColumnOrder {
        guard let bounds = column.bounds() else { return .integers(low: Codes.zero, bits: 0) }
        if Codes.isInteger(bounds.lowerBound) {
            return .integers(low: bounds.lowerBound, bits: width(Int(bounds.upperBound - bounds.lowerBound)))
        }
        let set = RowSet()
        let codes = CodeBuffer()
        for row in 0..<count {
            let code = column[row]
            let next = codes.count
            let found = set.findOrInsert(next, hash: Codes.scattered(code)) { codes[$0] == code }
            if found == next { codes.append(code) }
        }
        let decoded = (0..<codes.count).map { interner.decode(codes[$0]) }
        let sorted = decoded.indices.sorted { decoded[$0] < decoded[$1] }
        var ranks = [UInt32](repeating: 0, count: sorted.count)
        for (rank, place) in sorted.enumerated() { ranks[place] = UInt32(rank) }
        return .ranks(
            set,
            codes: codes,
            ranks: ranks,
            values: sorted.map { decoded[$0] },
            bits: width(sorted.count - 1)
        )
    }

    /// Numbers in the order of a column's values.
    private func numbers(_ column: Int) -> [UInt32] {
        let codes = columns[column]
        switch orders[column] {
        case .integers(let low, _): return (0..<count).map { codes[$0] &- low }
        case .ranks(let set, let known, let ranks, _, _):
            return (0..<count).map { row in
                let code = codes[row]
                return set.find(Codes.scattered(code)) { known[$0] == code }.map { ranks[$0] } ?? 0
            }
        }
    }

    /// The sorted rows from `offset` on, at most `limit` of them.
    func answer(
        headers: [String],
        sort: [(column: Int, direction: SortDirection)],
        offset: Int,
        limit: Int?
    ) -> Answer {
        let fields = sort.map { ($0.column, $0.direction == .descending) } + columns.indices.map { ($0, false) }
        let first = min(offset, count)
        let last = min(count, limit.map { first + min($0, count) } ?? count)
        if let order = orderByPrefix(fields) { return gathered(order[first..<last], headers) }
        var ranked = self
        ranked.orders = columns.map { Self.order(of: $0, count, interner) }
        return ranked.answer(fields, headers, first..<last)
    }

    /// The order of the rows when integers that come first tell them apart: nothing else is looked at then.
    private func orderByPrefix(_ fields: [(Int, Bool)]) -> [UInt32]? {
        let bounds = columns.map { $0.bounds() }
        let areIntegers = bounds.map { $0.map { Codes.isInteger($0.lowerBound) } ?? true }
        guard count > 1, !areIntegers.allSatisfy(\.self) else { return nil }
        let rowBits = Self.width(count - 1)
        var words = [UInt64](repeating: 0, count: count)
        var width = 0
        for (column, isDescending) in fields.prefix(while: { areIntegers[$0.0] }) {
            guard let bounds = bounds[column] else { continue }
            let bits = Self.width(Int(bounds.upperBound - bounds.lowerBound))
            guard width + bits + rowBits <= 64 else { break }
            width += bits
            let flip: UInt64 = isDescending && bits > 0 ? (1 << UInt64(bits)) - 1 : 0
            for row in 0..<count {
                words[row] = words[row] << UInt64(bits) | (UInt64(columns[column][row] &- bounds.lowerBound) ^ flip)
            }
        }
        guard width > 0 else { return nil }
        for row in 0..<count { words[row] = words[row] << UInt64(rowBits) | UInt64(row) }
        Radix.sort(&words, bits: width + rowBits)
        for place in 1..<count where words[place - 1] >> UInt64(rowBits) == words[place] >> UInt64(rowBits) {
            return nil
        }
        let mask: UInt64 = (1 << UInt64(rowBits)) - 1
        return words.map { UInt32(truncatingIfNeeded: $0 & mask) }
    }

    private func gathered(_ order: ArraySlice<UInt32>, _ headers: [String]) -> Answer {
        let columns = columns.map { codes in
            if let bounds = codes.bounds(), Codes.isInteger(bounds.lowerBound) {
                return Answer.Column.integers(order.map { Codes.integer(codes[Int($0)]) })
            }
            return .values(order.map { interner.decode(codes[Int($0)]) })
        }
        return Answer(headers: headers, columns: columns, rowCount: order.count)
    }

    private func answer(_ fields: [(Int, Bool)], _ headers: [String], _ range: Range<Int>) -> Answer {
        let bits = fields.reduce(0) { $0 + orders[$1.0].bits }
        if bits <= 64 { return packed(fields, headers, range) }
        let numbers = columns.indices.map(numbers)
        let order = (0..<count).sorted { one, other in
            for (column, isDescending) in fields {
                let left = numbers[column][one]
                let right = numbers[column][other]
                if left != right { return isDescending ? left > right : left < right }
            }
            return false
        }
        return Answer(
            headers: headers,
            columns: columns.indices.map { column in
                decoded(column, order[range].map { numbers[column][$0] })
            },
            rowCount: range.count
        )
    }

    /// Sorts rows that are one word each.
    private func packed(
        _ fields: [(Int, Bool)],
        _ headers: [String],
        _ range: Range<Int>
    ) -> Answer {
        var words = [UInt64](repeating: 0, count: count)
        var shift = 0
        var shifts = [Int](repeating: 0, count: columns.count)
        for (place, (column, isDescending)) in fields.enumerated().reversed() {
            let bits = orders[column].bits
            if place >= fields.count - columns.count { shifts[column] = shift }
            pack(column, isDescending, shift, bits, into: &words)
            shift += bits
        }
        Radix.sort(&words, bits: shift)
        let columns = columns.indices.map { column in
            unpacked(column, words[range], shifts[column], orders[column].bits)
        }
        return Answer(headers: headers, columns: columns, rowCount: range.count)
    }

    private func pack(_ column: Int, _ isDescending: Bool, _ shift: Int, _ bits: Int, into words: inout [UInt64]) {
        guard bits > 0 else { return }
        let flip: UInt64 = isDescending ? (1 << UInt64(bits)) - 1 : 0
        if case .integers(let low, _) = orders[column] {
            let codes = unsafe columns[column].base
            var words = words.mutableSpan
            for row in 0..<count { unsafe words[row] |= (UInt64(codes[row] &- low) ^ flip) << UInt64(shift) }
            return
        }
        for (row, number) in numbers(column).enumerated() { words[row] |= (UInt64(number) ^ flip) << UInt64(shift) }
    }

    private func unpacked(_ column: Int, _ words: ArraySlice<UInt64>, _ shift: Int, _ bits: Int) -> Answer.Column {
        let mask: UInt64 = bits == 0 ? 0 : (1 << UInt64(bits)) - 1
        switch orders[column] {
        case .integers(let low, _):
            let base = Codes.integer(low)
            let words = words.span
            return .integers(
                unsafe [Int64](unsafeUninitializedCapacity: words.count) { numbers, count in
                    for row in 0..<words.count {
                        unsafe numbers[row] = base &+ Int64(words[row] >> UInt64(shift) & mask)
                    }
                    count = words.count
                }
            )
        case .ranks(_, _, _, let values, _):
            return .values(words.map { values[Int($0 >> UInt64(shift) & mask)] })
        }
    }

    private func decoded(_ column: Int, _ numbers: [UInt32]) -> Answer.Column {
        switch orders[column] {
        case .integers(let low, _): .integers(numbers.map { Codes.integer(low &+ $0) })
        case .ranks(_, _, _, let values, _): .values(numbers.map { values[Int($0)] })
        }
    }
}

/// Sorts words by their low bits.
enum Radix {
    static func sort(_ words: inout [UInt64], bits: Int) {
        guard words.count > 256 else { return words.sort() }
        var isSorted = true
        for index in 1..<words.count where words[index - 1] > words[index] {
            isSorted = false
            break
        }
        guard !isSorted else { return }
        let passes = max(1, (bits + 10) / 11)
        let width = (bits + passes - 1) / passes
        var other = [UInt64](repeating: 0, count: words.count)
        for pass in 0..<passes { move(&words, &other, shift: UInt64(pass * width), width: width) }
    }

    private static func move(_ words: inout [UInt64], _ other: inout [UInt64], shift: UInt64, width: Int) {
        scatter(words.span, &other, shift, width)
        swap(&words, &other)
    }

    private static func scatter(_ words: Swift.Span<UInt64>, _ target: inout [UInt64], _ shift: UInt64, _ width: Int) {
        let mask: UInt64 = (1 << UInt64(width)) - 1
        var counts = [Int](repeating: 0, count: 1 << width)
        var starts = counts.mutableSpan
        var other = target.mutableSpan
        for index in words.indices { starts[Int(words[index] >> shift & mask)] &+= 1 }
        var sum = 0
        for digit in starts.indices {
            let size = starts[digit]
            starts[digit] = sum
            sum += size
        }
        for index in words.indices {
            let word = words[index]
            let digit = Int(word >> shift & mask)
            other[starts[digit]] = word
            starts[digit] &+= 1
        }
    }
}
