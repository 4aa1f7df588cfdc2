/// Changes the rows of one relation.
struct RowWriter {
    private(set) var relation: StoredRelation

    init(_ relation: StoredRelation) { self.relation = relation }

    /// Puts rows; those with a key that is there replace it, and of several with one key the last counts.
    mutating func put(_ columns: [CodeBuffer], count: Int) {
        let rows = distinct(columns, count)
        if !relation.rows.parts.isEmpty {
            let keys = Array(rows.columns[0..<relation.keys.count])
            for row in 0..<rows.count {
                if let (part, held) = relation.find(keys, row: row) { relation.kill(part, held) }
            }
        }
        relation.append(rows.columns, count: rows.count)
    }

    /// Removes the rows with these keys.
    mutating func remove(_ keys: [CodeBuffer], count: Int) {
        for row in 0..<count {
            if let (part, held) = relation.find(keys, row: row) { relation.kill(part, held) }
        }
        relation.settle()
    }

    private func distinct(_ columns: [CodeBuffer], _ count: Int) -> (columns: [CodeBuffer], count: Int) {
        let keys = Array(columns[0..<relation.keys.count])
        let groups = Groups(columns: keys.count)
        let last = CodeBuffer()
        let numbers = groups.numbers(keys, count: count)
        last.reserve(groups.count)
        for row in 0..<count {
            let group = Int(numbers[row])
            if group == last.count { last.append(UInt32(truncatingIfNeeded: row)) }
            last[group] = UInt32(truncatingIfNeeded: row)
        }
        guard last.count < count else { return (columns, count) }
        let kept = columns.map { column in
            let buffer = CodeBuffer(capacity: last.count)
            for place in 0..<last.count { buffer.append(column[Int(last[place])]) }
            return buffer
        }
        return (kept, last.count)
    }
}
