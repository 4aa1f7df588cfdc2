/// Finds rows by a hash of their codes: open addressing over row numbers.
///
/// Each place holds a row and half of its hash, so that a row of another hash is passed over unseen, and growing looks
/// at no row at all.
@safe final class RowSet {
    private var places: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0
    private static let emptyPlace: UInt64 = .max

    init(capacity: Int = 8) {
        var size = 16
        while size * 2 < capacity * 3 { size *= 2 }
        unsafe places = .allocate(capacity: size)
        unsafe places.initialize(repeating: Self.emptyPlace, count: size)
        mask = size - 1
    }

    deinit { unsafe places.deallocate() }

    var bytes: Int { (mask + 1) * 8 }

    /// The row with this hash for which `matches` holds; nil when there is none.
    @inline(__always)
    func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
        let tag = hash >> 32
        var place = Int(truncatingIfNeeded: tag) & mask
        while true {
            let held = unsafe places[place]
            if held == Self.emptyPlace { return nil }
            if held >> 32 == tag {
                let row = Int(truncatingIfNeeded: held & 0xFFFF_FFFF)
                if matches(row) { return row }
            }
            place = (place &+ 1) & mask
        }
    }

    /// The row that matches, or else `row`, which is added.
    @inline(__always)
    func findOrInsert(_ row: Int, hash: UInt64, _ matches: (Int) -> Bool) -> Int {
        let tag = hash >> 32
        var place = Int(truncatingIfNeeded: tag) & mask
        while true {
            let held = unsafe places[place]
            if held == Self.emptyPlace { break }
            if held >> 32 == tag {
                let found = Int(truncatingIfNeeded: held & 0xFFFF_FFFF)
                if matches(found) { return found }
            }
            place = (place &+ 1) & mask
        }
        unsafe places[place] = tag << 32 | UInt64(truncatingIfNeeded: row)
        count &+= 1
        if count &* 3 > (mask &+ 1) &* 2 { grow() }
        return row
    }

    private func grow() {
        let size = (mask + 1) * 2
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        unsafe larger.initialize(repeating: Self.emptyPlace, count: size)
        for index in 0...mask {
            let held = unsafe places[index]
            if held == Self.emptyPlace { continue }
            var place = Int(truncatingIfNeeded: held >> 32) & (size - 1)
            while unsafe larger[place] != Self.emptyPlace { place = (place &+ 1) & (size - 1) }
            unsafe larger[place] = held
        }
        unsafe places.deallocate()
        unsafe places = larger
        mask = size - 1
    }
}

/// The columns of some rows as plain pointers, for as long as nobody appends to them.
@unsafe struct ColumnPointers: ~Copyable {
    private let bases: UnsafeMutablePointer<UnsafeMutablePointer<Code>>
    let count: Int

    init(_ columns: [CodeBuffer]) {
        unsafe count = columns.count
        unsafe bases = .allocate(capacity: max(count, 1))
        for place in unsafe 0..<count { unsafe bases[place] = columns[place].base }
    }

    init(_ columns: [CodeBuffer], _ places: [Int]) {
        unsafe count = places.count
        unsafe bases = .allocate(capacity: max(count, 1))
        for place in unsafe 0..<count { unsafe bases[place] = columns[places[place]].base }
    }

    deinit { unsafe bases.deallocate() }

    @inline(__always)
    func hash(_ row: Int) -> UInt64 {
        var hash: UInt64 = 0
        for place in unsafe 0..<count { hash = unsafe ColumnIndex.combined(hash, bases[place][row]) }
        return ColumnIndex.finished(hash)
    }

    @inline(__always)
    func equal(_ row: Int, _ other: borrowing ColumnPointers, _ otherRow: Int) -> Bool {
        for place in unsafe 0..<count where unsafe bases[place][row] != other.bases[place][otherRow] { return false }
        return true
    }

    @inline(__always)
    func copy(_ row: Int, from other: borrowing ColumnPointers, _ otherRow: Int) {
        for place in unsafe 0..<count { unsafe bases[place][row] = other.bases[place][otherRow] }
    }
}
