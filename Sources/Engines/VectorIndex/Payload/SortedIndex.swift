/// The rows of a field by the size of its numbers.
///
/// A wide range over a field with one number a row is the difference of two prepared sets and a few rows: it costs
/// the same however many rows are in it.
struct SortedIndex: Sendable {
    private let bound: Int
    private let values: [Double]
    private let rows: [UInt32]
    /// The rows of the first `spacing` entries, of the first `2 · spacing`, and so on; empty when a row has many
    /// numbers.
    private let prefixes: [Bitmap]
    private let spacing: Int

    init(_ entries: [(value: Double, row: UInt32)], bound: Int) {
        self.bound = bound
        let sorted = entries.sorted { ($0.value, $0.row) < ($1.value, $1.row) }
        values = sorted.map(\.value)
        rows = sorted.map(\.row)
        spacing = Swift.max(1024, (sorted.count + 63) / 64)
        guard Bitmap(rows.lazy.map(Int.init), bound: bound).count == rows.count else {
            prefixes = []
            return
        }
        var (prefixes, set) = ([Bitmap(bound: bound)], Bitmap(bound: bound))
        for (index, row) in rows.enumerated() {
            set.insert(Int(row))
            if (index + 1) % spacing == 0 { prefixes.append(set) }
        }
        self.prefixes = prefixes
    }

    /// How many entries a range has: at least as many as rows.
    func count(_ range: NumberRange) -> Int { entries(range).count }

    func bitmap(_ range: NumberRange) -> Bitmap {
        let found = entries(range)
        guard !prefixes.isEmpty, found.count > 2 * spacing else {
            var set = Bitmap(bound: bound)
            for index in found { set.insert(Int(rows[index])) }
            return set
        }
        var set = prefix(found.upperBound)
        set.subtract(prefix(found.lowerBound))
        return set
    }

    /// The rows of the first entries.
    private func prefix(_ count: Int) -> Bitmap {
        let whole = Swift.min(count / spacing, prefixes.count - 1)
        var set = prefixes[whole]
        for index in whole * spacing..<count { set.insert(Int(rows[index])) }
        return set
    }

    private func entries(_ range: NumberRange) -> Range<Int> {
        let low = Swift.max(
            range.above.map { above in firstIndex { $0 > above.number } } ?? 0,
            range.from.map { from in firstIndex { $0 >= from.number } } ?? 0
        )
        let high = Swift.min(
            range.below.map { below in firstIndex { $0 >= below.number } } ?? values.count,
            range.to.map { to in firstIndex { $0 > to.number } } ?? values.count
        )
        return low..<Swift.max(low, high)
    }

    /// The first entry from which on the condition holds.
    private func firstIndex(where holds: (Double) -> Bool) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if holds(values[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
