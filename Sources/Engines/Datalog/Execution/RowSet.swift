/// Finds rows by the codes of some of their columns: open addressing over row numbers.
@safe final class RowSet {
    private var places: UnsafeMutablePointer<UInt32>
    private var mask: Int
    private(set) var count = 0
    private static let emptyPlace: UInt32 = .max

    init(capacity: Int = 8) {
        var size = 16
        while size * 2 < capacity * 3 { size *= 2 }
        unsafe places = .allocate(capacity: size)
        unsafe places.initialize(repeating: Self.emptyPlace, count: size)
        mask = size - 1
    }

    deinit { unsafe places.deallocate() }

    var bytes: Int { (mask + 1) * 4 }

    /// The row with this hash for which `matches` holds; nil when there is none.
    @inline(__always)
    func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let row = unsafe places[place]
            if row == Self.emptyPlace { return nil }
            if matches(Int(row)) { return Int(row) }
            place = (place &+ 1) & mask
        }
    }

    /// The row that matches, or else `row`, which is added.
    @inline(__always)
    func findOrInsert(_ row: Int, hash: UInt64, _ matches: (Int) -> Bool, rehash: (Int) -> UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let held = unsafe places[place]
            if held == Self.emptyPlace { break }
            if matches(Int(held)) { return Int(held) }
            place = (place &+ 1) & mask
        }
        unsafe places[place] = UInt32(truncatingIfNeeded: row)
        count &+= 1
        if count &* 3 > (mask &+ 1) &* 2 { grow(rehash) }
        return row
    }

    private func grow(_ rehash: (Int) -> UInt64) {
        let size = (mask + 1) * 2
        let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
        unsafe larger.initialize(repeating: Self.emptyPlace, count: size)
        for index in 0...mask {
            let row = unsafe places[index]
            if row == Self.emptyPlace { continue }
            var place = Int(truncatingIfNeeded: rehash(Int(row))) & (size - 1)
            while unsafe larger[place] != Self.emptyPlace { place = (place &+ 1) & (size - 1) }
            unsafe larger[place] = row
        }
        unsafe places.deallocate()
        unsafe places = larger
        mask = size - 1
    }
}
