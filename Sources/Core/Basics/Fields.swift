/// The entries of a map: unique text keys, each with a value, in canonical order.
///
/// The order is that of the encoded keys (RFC 8949 §4.2.1): shorter keys first, then byte by byte. Keys compare and
/// hash as UTF-8 bytes. Finding an entry takes O(log n), adding one O(n).
package struct Fields: Sendable, Hashable {
    package typealias Entry = (key: String, value: Value)

    /// A key that was given twice.
    package struct Duplicate: Error, Hashable {
        package let key: String

        package init(key: String) { self.key = key }
    }

    private var keys: [String] = []
    private var values: [Value] = []

    package init() {}

    package init(_ entries: [(String, Value)]) throws(Duplicate) {
        let sorted = entries.sorted { Self.order($0.0, $1.0) < 0 }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.0.hasSameBytes(as: next.0) {
            throw Duplicate(key: one.0)
        }
        keys = sorted.map(\.0)
        values = sorted.map(\.1)
    }

    /// Takes entries that the caller knows to be unique.
    package init(unique entries: [(String, Value)]) {
        do {
            try self.init(entries)
        } catch {
            preconditionFailure("the key \(error.key) is given twice")
        }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    /// The value of a key.
    ///
    /// Setting nil takes the entry away.
    package subscript(key: String) -> Value? {
        get {
            let index = index(of: key)
            return isKey(key, at: index) ? values[index] : nil
        }
        set {
            let index = index(of: key)
            switch (isKey(key, at: index), newValue) {
            case (true, let value?): values[index] = value
            case (false, let value?):
                keys.insert(key, at: index)
                values.insert(value, at: index)
            case (true, nil):
                keys.remove(at: index)
                values.remove(at: index)
            case (false, nil): break
            }
        }
    }

    /// Negative, zero or positive, as the encoded keys compare.
    package static func order(_ one: String, _ other: String) -> Int {
        let lengths = one.utf8.count - other.utf8.count
        return lengths == 0 ? one.byteOrder(other) : lengths
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.count == other.count && one.values == other.values
            && zip(one.keys, other.keys).allSatisfy { $0.hasSameBytes(as: $1) }
    }

    package func hash(into hasher: inout Hasher) {
        for key in keys { key.hashBytes(into: &hasher) }
        hasher.combine(values)
    }

    /// The place of the first key that is not before `key`.
    private func index(of key: String) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if Self.order(keys[middle], key) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isKey(_ key: String, at index: Int) -> Bool {
        index < keys.count && keys[index].hasSameBytes(as: key)
    }
}

extension Fields: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { keys.count }
    package subscript(index: Int) -> Entry { (keys[index], values[index]) }
}
