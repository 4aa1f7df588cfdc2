/// For each of many keys, the rows that have it.
///
/// A key of many rows keeps them as a set of bits, so that a filter on it costs the same however many they are.
struct Postings: Sendable {
    private let bound: Int
    /// Where the rows of a key begin; one more at the end.
    private let starts: [Int]
    private let rows: [UInt32]
    private let dense: [Int: Bitmap]

    /// The rows of each key, ascending and below `bound`.
    init(_ keys: [[UInt32]], bound: Int) {
        self.bound = bound
        var starts = [0]
        var rows: [UInt32] = []
        var dense: [Int: Bitmap] = [:]
        for (key, members) in keys.enumerated() {
            if members.count > Swift.max(32, bound / 32) {
                dense[key] = Bitmap(members.lazy.map(Int.init), bound: bound)
            }
            rows.append(contentsOf: members)
            starts.append(rows.count)
        }
        self.starts = starts
        self.rows = rows
        self.dense = dense
    }

    func count(_ key: Int) -> Int { starts[key + 1] - starts[key] }

    /// Adds the rows of a key to a set.
    func add(_ key: Int, to set: inout Bitmap) {
        if let bits = dense[key] { return set.formUnion(bits) }
        for row in rows[starts[key]..<starts[key + 1]] { set.insert(Int(row)) }
    }

    func bitmap(_ key: Int) -> Bitmap {
        if let bits = dense[key] { return bits }
        var set = Bitmap(bound: bound)
        add(key, to: &set)
        return set
    }
}
