/// A file as a disk keeps it: what programs read back, what is on the platter, and every step between the two.
///
/// The unit is the sector: each one that was written since the last sync may, after a crash, hold any content that
/// it had since then.
struct StoredFile: Sendable {
    typealias Sector = [UInt8]
    static let sectorSize = 512
    private static let blank = Sector(repeating: 0, count: sectorSize)

    private struct Slot: Sendable {
        /// What is on the platter.
        var durable = StoredFile.blank
        /// What is read back.
        var cached = StoredFile.blank
        /// Every content since the last sync, oldest first; empty when the sector is clean.
        var versions: [Sector] = []
        var isAllocated = false
    }

    private var slots: [Slot] = []
    private var dirty: [Int] = []
    /// The length that programs see.
    private(set) var size = 0
    private var durableSize = 0
    /// Every length since the last sync.
    private var sizes: [Int] = []
    /// How many bytes it takes on the disk.
    private(set) var allocated = 0
    /// How often each operation was done: what makes faults independent of the order among files.
    var counts = [Int](repeating: 0, count: DiskOperation.allCases.count)

    /// Whether a crash could lose anything.
    var isClean: Bool { dirty.isEmpty && sizes.isEmpty }

    // MARK: Programs

    func read(count: Int, at offset: Int) -> [UInt8] {
        let end = min(offset + max(count, 0), size)
        guard offset < end else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - offset)
        var place = offset
        while place < end {
            let (index, from) = place.quotientAndRemainder(dividingBy: Self.sectorSize)
            let to = min(Self.sectorSize, from + end - place)
            if to - from == Self.sectorSize {
                bytes.append(contentsOf: slots[index].cached)
            } else {
                bytes.append(contentsOf: slots[index].cached[from..<to])
            }
            place += to - from
        }
        return bytes
    }

    /// How many sectors a write of `count` bytes at `offset` would have to find room for.
    func unallocated(count: Int, at offset: Int) -> Int {
        guard count > 0 else { return 0 }
        var missing = 0
        for index in offset / Self.sectorSize...(offset + count - 1) / Self.sectorSize
        where index >= slots.count || !slots[index].isAllocated {
            missing += 1
        }
        return missing
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        var place = offset
        var next = bytes.startIndex
        grow(to: offset + bytes.count)
        while next < bytes.endIndex {
            let (index, from) = place.quotientAndRemainder(dividingBy: Self.sectorSize)
            let count = min(Self.sectorSize - from, bytes.endIndex - next)
            let part = bytes[next..<next + count]
            if count == Self.sectorSize {
                put(Sector(part), in: index)
            } else {
                var sector = Sector()
                sector.reserveCapacity(Self.sectorSize)
                sector.append(contentsOf: slots[index].cached[..<from])
                sector.append(contentsOf: part)
                sector.append(contentsOf: slots[index].cached[(from + count)...])
                put(sector, in: index)
            }
            place += count
            next += count
        }
        if place > size { resize(to: place) }
    }

    mutating func truncate(to newSize: Int) {
        if newSize < size {
            let (whole, rest) = newSize.quotientAndRemainder(dividingBy: Self.sectorSize)
            if rest > 0 {
                put(
                    Sector(slots[whole].cached[..<rest]) + [UInt8](repeating: 0, count: Self.sectorSize - rest),
                    in: whole
                )
            }
            for index in whole + (rest > 0 ? 1 : 0)..<slots.count {
                put(Self.blank, in: index)
                slots[index].isAllocated = false
                allocated -= Self.sectorSize
            }
        } else {
            grow(to: newSize)
        }
        if newSize != size { resize(to: newSize) }
    }

    private mutating func grow(to size: Int) {
        let count = (size + Self.sectorSize - 1) / Self.sectorSize
        while slots.count < count { slots.append(Slot()) }
    }

    private mutating func resize(to newSize: Int) {
        size = newSize
        sizes.append(newSize)
    }

    private mutating func put(_ sector: Sector, in index: Int) {
        if slots[index].versions.isEmpty { dirty.append(index) }
        slots[index].versions.append(sector)
        slots[index].cached = sector
        if !slots[index].isAllocated {
            slots[index].isAllocated = true
            allocated += Self.sectorSize
        }
    }

    // MARK: The platter

    /// What was written is on the platter.
    mutating func sync() {
        // What is written beyond the durable end takes the end along, even when an older sync lost it.
        if let last = dirty.max() { durableSize = max(durableSize, min(size, (last + 1) * Self.sectorSize)) }
        for index in dirty {
            slots[index].durable = slots[index].cached
            slots[index].versions.removeAll()
        }
        dirty.removeAll(keepingCapacity: true)
        if let last = sizes.last { durableSize = last }
        sizes.removeAll()
    }

    /// Some of what was written is on the platter, the rest will never be; all of it still reads back.
    mutating func failSync(_ random: inout SeededRandom) {
        let survival = Survival(&random, sectors: dirty.count)
        for (rank, index) in dirty.enumerated() {
            slots[index].durable = survival.choose(
                slots[index].durable,
                slots[index].versions,
                rank: rank,
                &random
            )
            slots[index].versions.removeAll()
        }
        dirty.removeAll(keepingCapacity: true)
        durableSize = survival.choose(durableSize, sizes, rank: 0, &random)
        sizes.removeAll()
    }

    /// What is found when the power is back.
    mutating func losePower(garbage: Int, _ random: inout SeededRandom) {
        let inFlight = dirty
        failSync(&random)
        for index in inFlight where random.chance(garbage) {
            slots[index].durable = random.bytes(Self.sectorSize)
        }
        size = durableSize
        allocated = 0
        grow(to: size)
        slots.removeLast(slots.count - (size + Self.sectorSize - 1) / Self.sectorSize)
        for index in slots.indices {
            slots[index].cached = slots[index].durable
            if slots[index].isAllocated { allocated += Self.sectorSize }
        }
        let rest = size % Self.sectorSize
        if rest > 0, let last = slots.indices.last {
            let end = Sector(slots[last].durable[..<rest]) + [UInt8](repeating: 0, count: Self.sectorSize - rest)
            slots[last].durable = end
            slots[last].cached = end
        }
    }

    /// Flips a bit on the platter, which is what is read from now on.
    mutating func rot(at offset: Int, bit: Int) {
        guard offset < min(size, durableSize) else { return }
        let (index, place) = offset.quotientAndRemainder(dividingBy: Self.sectorSize)
        guard slots[index].versions.isEmpty else { return }
        slots[index].durable[place] ^= 1 << UInt8(bit & 7)
        slots[index].cached = slots[index].durable
    }
}

/// Which sectors in flight make it to the platter: all, none, those at the front, or each by a throw of its own.
struct Survival {
    private enum Style { case all, none, front(Int), each(Int) }
    private let style: Style

    init(_ random: inout SeededRandom, sectors: Int) {
        switch random.below(8) {
        case 0: style = .all
        case 1: style = .none
        case 2, 3: style = .front(random.below(sectors + 1))
        case 4: style = .each(900)
        case 5: style = .each(100)
        default: style = .each(500)
        }
    }

    func choose<Content>(
        _ old: Content,
        _ versions: [Content],
        rank: Int,
        _ random: inout SeededRandom
    ) -> Content {
        guard let newest = versions.last else { return old }
        let survives =
            switch style {
            case .all: true
            case .none: false
            case .front(let count): rank < count
            case .each(let parts): random.chance(parts)
            }
        guard survives else { return old }
        return random.chance(750) ? newest : versions[random.below(versions.count)]
    }
}
