internal import Basics

/// For each of many keys, the rows that have it.
///
/// A key of many rows keeps them as a set of bits too, so that a filter on it costs the same however many they are.
struct Postings: Sendable {
    private let bound: Int
    /// Where the rows of a key begin; one more at the end.
    private let starts: Packed<UInt64>
    private let rows: Packed<UInt32>
    /// The keys of many rows, ascending, and their sets one after the other.
    private let denseKeys: Packed<UInt32>
    private let denseWords: Packed<UInt64>

    /// The rows of each key, ascending and below `bound`.
    init(_ keys: [[UInt32]], bound: Int) {
        self.bound = bound
        var starts: [UInt64] = [0]
        var rows: [UInt32] = []
        var (denseKeys, denseWords): ([UInt32], [UInt64]) = ([], [])
        for (key, members) in keys.enumerated() {
            if members.count > Swift.max(32, bound / 32) {
                denseKeys.append(UInt32(key))
                denseWords.append(contentsOf: Bitmap(members.lazy.map(Int.init), bound: bound).words)
            }
            rows.append(contentsOf: members)
            starts.append(UInt64(rows.count))
        }
        self.starts = Packed(starts)
        self.rows = Packed(rows)
        self.denseKeys = Packed(denseKeys)
        self.denseWords = Packed(denseWords)
    }

    func count(_ key: Int) -> Int { span(key).count }

    /// Adds the rows of a key to a set.
    func add(_ key: Int, to set: inout Bitmap) {
        if let bits = dense(key) { return set.formUnion(bits) }
        for place in span(key) { set.insert(checked: Int(rows[place])) }
    }

    func bitmap(_ key: Int) -> Bitmap {
        if let bits = dense(key) { return bits }
        var set = Bitmap(bound: bound)
        add(key, to: &set)
        return set
    }

    /// How many rows of a key are in a set.
    func count(_ key: Int, among allowed: Bitmap) -> Int {
        span(key).reduce(0) { $0 + (allowed.contains(Int(rows[$1])) ? 1 : 0) }
    }

    /// Where the rows of a key stand; nowhere when a damaged file says nonsense.
    private func span(_ key: Int) -> Range<Int> {
        let (from, to) = (starts[key], starts[key + 1])
        return from <= to && to <= UInt64(rows.count) ? Int(from)..<Int(to) : 0..<0
    }

    private func dense(_ key: Int) -> Bitmap? {
        var (low, high) = (0, denseKeys.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(denseKeys[middle]) < key { low = middle + 1 } else { high = middle }
        }
        guard low < denseKeys.count, Int(denseKeys[low]) == key else { return nil }
        return denseWords.bitmap(from: low * ((bound + 63) / 64), bound: bound)
    }
}

extension Postings {
    func write<Failure: Error>(_ name: String, to writer: inout SegmentWriter<Failure>) throws(Failure) {
        try writer.part(name + "/starts", starts.bytes)
        try writer.part(name + "/rows", rows.bytes)
        try writer.part(name + "/dense", denseKeys.bytes)
        try writer.part(name + "/words", denseWords.bytes)
    }

    /// For `keys` keys.
    init(_ name: String, _ reader: SegmentReader, keys: Int, bound: Int) throws(SegmentFault) {
        self.bound = bound
        starts = Packed(try reader.block(name + "/starts", atLeast: (keys + 1) * 8))
        rows = Packed(try reader.block(name + "/rows", atLeast: 0))
        denseKeys = Packed(try reader.block(name + "/dense", atLeast: 0))
        denseWords = Packed(try reader.block(name + "/words", atLeast: denseKeys.count * ((bound + 63) / 64) * 8))
    }
}
