/// From a fingerprint to small values, several for one fingerprint: a flat table with linear probing.
///
/// Fingerprints are keyed hashes already, so their low bits are the place. A fingerprint and its value lie side by
/// side: in a table larger than the caches, a look costs one miss.
struct FingerprintMap<Value: BitwiseCopyable & Sendable>: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        /// Zero marks a free place.
        var key: UInt64
        var value: Value
    }

    private var slots: [Slot] = []
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

    private static func stored(_ key: UInt64) -> UInt64 { key == 0 ? 1 : key }

    private mutating func grow(to capacity: Int) {
        let old = slots
        slots = [Slot](repeating: Slot(key: 0, value: filler), count: capacity)
        for slot in old where slot.key != 0 { place(slot.key, slot.value) }
    }

    private mutating func place(_ key: UInt64, _ value: Value) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key) & mask
        while slots[index].key != 0 { index = (index + 1) & mask }
        slots[index] = Slot(key: key, value: value)
    }

    /// Adds a value, beside others of the same fingerprint.
    mutating func add(_ key: UInt64, _ value: Value) {
        if (count + 1) * 2 > slots.count { grow(to: max(64, slots.count * 2)) }
        place(Self.stored(key), value)
        count += 1
    }

    /// Takes a value away again; nil takes the first of the fingerprint.
    mutating func remove(_ key: UInt64, where isIt: (Value) -> Bool = { _ in true }) {
        guard count > 0 else { return }
        let key = Self.stored(key)
        let mask = slots.count - 1
        var hole = Int(truncatingIfNeeded: key) & mask
        while slots[hole].key != key || !isIt(slots[hole].value) {
            guard slots[hole].key != 0 else { return }
            hole = (hole + 1) & mask
        }
        // What follows without a gap moves up when its own place is not after the hole.
        var next = (hole + 1) & mask
        while slots[next].key != 0 {
            let home = Int(truncatingIfNeeded: slots[next].key) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole].key = 0
        count -= 1
    }

    /// Where the first value of a fingerprint lies.
    private func find(_ key: UInt64) -> Int? {
        guard count > 0 else { return nil }
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key) & mask
        while slots[index].key != 0 {
            if slots[index].key == key { return index }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The first value of a fingerprint.
    subscript(_ key: UInt64) -> Value? {
        get { find(Self.stored(key)).map { slots[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let index = find(Self.stored(key)) {
                slots[index].value = newValue
            } else {
                add(key, newValue)
            }
        }
    }

    /// All values of a fingerprint, in no order.
    func all(_ key: UInt64) -> [Value] {
        let key = Self.stored(key)
        guard var index = find(key) else { return [] }
        let mask = slots.count - 1
        var found: [Value] = []
        while slots[index].key != 0 {
            if slots[index].key == key { found.append(slots[index].value) }
            index = (index + 1) & mask
        }
        return found
    }

    /// Every pair, in no order.
    var pairs: [(key: UInt64, value: Value)] {
        var pairs: [(key: UInt64, value: Value)] = []
        pairs.reserveCapacity(count)
        for slot in slots where slot.key != 0 { pairs.append((slot.key, slot.value)) }
        return pairs
    }
}
