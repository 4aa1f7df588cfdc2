/// From a fingerprint to small values, several for one fingerprint: a flat table with linear probing.
///
/// Fingerprints are keyed hashes already, so their low bits are the place.
struct FingerprintMap<Value: BitwiseCopyable & Sendable>: Sendable {
    private var keys: [UInt64] = []
    private var values: [Value] = []
    private(set) var count = 0
    private let filler: Value

    init(filler: Value, expecting expected: Int = 0) {
        self.filler = filler
        if expected > 0 { grow(to: Self.capacity(for: expected)) }
    }

    private static func capacity(for count: Int) -> Int {
        var capacity = 64
        while capacity < count * 2 { capacity *= 2 }
        return capacity
    }

    /// Zero marks a free place.
    private static func stored(_ key: UInt64) -> UInt64 { key == 0 ? 1 : key }

    private mutating func grow(to capacity: Int) {
        let oldKeys = keys
        let oldValues = values
        keys = [UInt64](repeating: 0, count: capacity)
        values = [Value](repeating: filler, count: capacity)
        for index in oldKeys.indices where oldKeys[index] != 0 { place(oldKeys[index], oldValues[index]) }
    }

    private mutating func place(_ key: UInt64, _ value: Value) {
        let mask = keys.count - 1
        var index = Int(truncatingIfNeeded: key) & mask
        while keys[index] != 0 { index = (index + 1) & mask }
        keys[index] = key
        values[index] = value
    }

    /// Adds a value, beside others of the same fingerprint.
    mutating func add(_ key: UInt64, _ value: Value) {
        if (count + 1) * 2 > keys.count { grow(to: max(64, keys.count * 2)) }
        place(Self.stored(key), value)
        count += 1
    }

    /// Takes a value away again; nil takes the first of the fingerprint.
    mutating func remove(_ key: UInt64, where isIt: (Value) -> Bool = { _ in true }) {
        guard count > 0 else { return }
        let key = Self.stored(key)
        let mask = keys.count - 1
        var hole = Int(truncatingIfNeeded: key) & mask
        while keys[hole] != key || !isIt(values[hole]) {
            guard keys[hole] != 0 else { return }
            hole = (hole + 1) & mask
        }
        // What follows without a gap moves up when its own place is not after the hole.
        var next = (hole + 1) & mask
        while keys[next] != 0 {
            let home = Int(truncatingIfNeeded: keys[next]) & mask
            if (next - home) & mask >= (next - hole) & mask {
                keys[hole] = keys[next]
                values[hole] = values[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = 0
        count -= 1
    }

    /// The first value of a fingerprint.
    subscript(_ key: UInt64) -> Value? {
        get {
            guard count > 0 else { return nil }
            let key = Self.stored(key)
            let mask = keys.count - 1
            var index = Int(truncatingIfNeeded: key) & mask
            while keys[index] != 0 {
                if keys[index] == key { return values[index] }
                index = (index + 1) & mask
            }
            return nil
        }
        set {
            guard let newValue else { return remove(key) }
            let stored = Self.stored(key)
            if count > 0 {
                let mask = keys.count - 1
                var index = Int(truncatingIfNeeded: stored) & mask
                while keys[index] != 0 {
                    if keys[index] == stored {
                        values[index] = newValue
                        return
                    }
                    index = (index + 1) & mask
                }
            }
            add(key, newValue)
        }
    }

    /// All values of a fingerprint, in no order.
    func all(_ key: UInt64) -> [Value] {
        guard count > 0 else { return [] }
        let key = Self.stored(key)
        let mask = keys.count - 1
        var index = Int(truncatingIfNeeded: key) & mask
        var found: [Value] = []
        while keys[index] != 0 {
            if keys[index] == key { found.append(values[index]) }
            index = (index + 1) & mask
        }
        return found
    }

    /// Every pair, in no order.
    var pairs: [(key: UInt64, value: Value)] {
        keys.indices.compactMap { keys[$0] == 0 ? nil : (keys[$0], values[$0]) }
    }
}
