internal import Basics

/// The rows of a field by the size of its numbers.
///
/// A wide range over a field with one number a row is the difference of two prepared sets and a few rows: it costs
/// the same however many rows are in it.
struct SortedIndex: Sendable {
    private let bound: Int
    private let values: Packed<Double>
    private let rows: Packed<UInt32>
    /// The rows of the first `spacing` entries, of the first `2 · spacing`, and so on, as words; empty when a row has
    /// many numbers.
    private let prefixes: Packed<UInt64>
    private let spacing: Int

    init(_ entries: [(value: Double, row: UInt32)], bound: Int) {
        self.bound = bound
        let sorted = entries.sorted { ($0.value, $0.row) < ($1.value, $1.row) }
        values = Packed(sorted.map(\.value))
        let rows = sorted.map(\.row)
        self.rows = Packed(rows)
        spacing = Self.spacing(sorted.count)
        guard Bitmap(rows.lazy.map(Int.init), bound: bound).count == rows.count else {
            prefixes = Packed([])
            return
        }
        var set = Bitmap(bound: bound)
        var prefixes = set.words
        for (index, row) in rows.enumerated() {
            set.insert(Int(row))
            if (index + 1) % spacing == 0 { prefixes.append(contentsOf: set.words) }
        }
        self.prefixes = Packed(prefixes)
    }

    private static func spacing(_ count: Int) -> Int { Swift.max(1024, (count + 63) / 64) }

    /// How many entries a range has: at least as many as rows.
    func count(_ range: NumberRange) -> Int { entries(range).count }

    func bitmap(_ range: NumberRange) -> Bitmap {
        let found = entries(range)
        guard prefixes.count > 0, found.count > 2 * spacing else {
            var set = Bitmap(bound: bound)
            for index in found { set.insert(checked: Int(rows[index])) }
            return set
        }
        var set = prefix(found.upperBound)
        set.subtract(prefix(found.lowerBound))
        return set
    }

    /// The rows among some by the size of their first number, from one end, at most `limit`.
    func rows(_ order: Order, among allowed: Bitmap, from: Double?, limit: Int) -> [(value: Double, row: Int)] {
        var found: [(value: Double, row: Int)] = []
        var seen: Set<UInt32> = []
        var index = 0
        var step = 1
        switch order {
        case .ascending: index = from.map { from in firstIndex { $0 >= from } } ?? 0
        case .descending:
            index = (from.map { from in firstIndex { $0 > from } } ?? values.count) - 1
            step = -1
        }
        while index >= 0, index < values.count {
            // Of equal numbers all are taken, so that the caller can order them by something else.
            if found.count >= limit, let last = found.last, last.value != values[index] { break }
            if allowed.contains(Int(rows[index])), seen.insert(rows[index]).inserted {
                found.append((values[index], Int(rows[index])))
            }
            index += step
        }
        return found
    }

    enum Order: Sendable { case ascending, descending }

    /// The rows of the first entries.
    private func prefix(_ count: Int) -> Bitmap {
        let words = (bound + 63) / 64
        let whole = Swift.min(count / spacing, prefixes.count / Swift.max(1, words) - 1)
        var set = prefixes.bitmap(from: whole * words, bound: bound)
        for index in whole * spacing..<count { set.insert(checked: Int(rows[index])) }
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

extension SortedIndex {
    func write<Failure: Error>(_ name: String, to writer: inout SegmentWriter<Failure>) throws(Failure) {
        try writer.part(name + "/values", values.bytes)
        try writer.part(name + "/rows", rows.bytes)
        try writer.part(name + "/prefixes", prefixes.bytes)
    }

    init(_ name: String, _ reader: SegmentReader, bound: Int) throws(SegmentFault) {
        self.bound = bound
        values = Packed(try reader.block(name + "/values", atLeast: 0))
        rows = Packed(try reader.block(name + "/rows", atLeast: values.count * 4))
        prefixes = Packed(try reader.block(name + "/prefixes", atLeast: 0))
        spacing = Self.spacing(values.count)
        let sets = values.count / spacing + 1
        guard prefixes.count == 0 || prefixes.count == sets * ((bound + 63) / 64) else { throw .contradictory(name) }
    }
}
