internal import Basics

/// The identifiers of a segment's points by row, and the row of each identifier: a look or two, in memory or in a
/// mapped file.
struct IDTable: Sendable {
    let count: Int
    private let low: Packed<UInt64>
    /// Empty when every identifier is a number.
    private let high: Packed<UInt64>
    /// A bit for each row whose identifier is a UUID; empty as well.
    private let uuids: Packed<UInt64>
    /// Rows by the hash of their identifier, each in the first free place from there; half are free.
    private let slots: Packed<UInt32>

    private static let free = UInt32.max

    /// No identifier twice.
    init(_ ids: [PointID]) {
        count = ids.count
        var (low, high, uuids) = ([UInt64](), [UInt64](), Bitmap(bound: ids.count))
        low.reserveCapacity(ids.count)
        for (row, id) in ids.enumerated() {
            switch id {
            case .number(let number): low.append(number)
            case .uuid(_, let word):
                low.append(word)
                uuids.insert(row)
            }
        }
        let isMixed = !uuids.isEmpty
        if isMixed {
            high = ids.map { if case .uuid(let word, _) = $0 { word } else { 0 } }
        }
        var slots = [UInt32](repeating: Self.free, count: Self.slotCount(ids.count))
        for (row, id) in ids.enumerated() {
            var slot = Self.hash(id) & (slots.count - 1)
            while slots[slot] != Self.free { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(row)
        }
        self.low = Packed(low)
        self.high = Packed(high)
        self.uuids = Packed(isMixed ? uuids.words : [])
        self.slots = Packed(slots)
    }

    subscript(row: Int) -> PointID {
        guard row < high.count, uuids[row >> 6] >> UInt64(row & 63) & 1 != 0 else { return .number(low[row]) }
        return .uuid(high: high[row], low: low[row])
    }

    func row(of id: PointID) -> Int? {
        var slot = Self.hash(id) & (slots.count - 1)
        // A damaged table may have no free place: every place is looked at once.
        for _ in 0..<slots.count {
            let row = slots[slot]
            guard row != Self.free, Int(row) < count else { return nil }
            if self[Int(row)] == id { return Int(row) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func slotCount(_ count: Int) -> Int {
        var slots = 2
        while slots < count * 2 { slots *= 2 }
        return slots
    }

    private static func hash(_ id: PointID) -> Int {
        let mixed =
            switch id {
            case .number(let number): Scatter.mix(number &+ 0x9E37_79B9_7F4A_7C15)
            case .uuid(let high, let low): Scatter.mix(low ^ Scatter.mix(high &+ 1))
            }
        return Int(truncatingIfNeeded: mixed >> 1)
    }
}

extension IDTable {
    func write<Failure: Error>(to writer: inout SegmentWriter<Failure>) throws(Failure) {
        try writer.part("ids/low", low.bytes)
        if high.count > 0 {
            try writer.part("ids/high", high.bytes)
            try writer.part("ids/uuids", uuids.bytes)
        }
        try writer.part("ids/slots", slots.bytes)
    }

    init(_ reader: SegmentReader, count: Int) throws(SegmentFault) {
        self.count = count
        low = Packed(try reader.block("ids/low", atLeast: count * 8))
        let isMixed = reader.has("ids/high")
        high = isMixed ? Packed(try reader.block("ids/high", atLeast: count * 8)) : Packed([])
        uuids = isMixed ? Packed(try reader.block("ids/uuids", atLeast: (count + 63) / 64 * 8)) : Packed([])
        let slotCount = Self.slotCount(count)
        slots = Packed(try reader.block("ids/slots", atLeast: slotCount * 4))
        guard slots.count == slotCount, low.count == count else { throw .contradictory("ids") }
    }
}
