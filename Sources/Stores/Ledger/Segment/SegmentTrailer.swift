internal import Basics
internal import Integrity

/// The last bytes of a sealed segment: what it holds, and where its sections lie.
struct SegmentTrailer: Sendable, Hashable {
    struct Place: Sendable, Hashable {
        var offset: Int64 = 0
        var count: Int64 = 0
    }

    let ledger: [UInt8]
    let first: Int64
    let count: Int64
    /// Where the frames end.
    let dataEnd: Int64
    let firstReceived: Int64
    let lastReceived: Int64
    let lastCounter: Int64
    /// How many events up to the end of this segment carried an idempotency key.
    let keysThrough: Int64
    let slots: UInt32
    let seed: UInt32
    let shape: SegmentHeader.Shape
    var places: [Place]

    var end: Int64 { first + count }
    func place(_ section: SegmentFormat.Section) -> Place { places[section.rawValue] }

    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SegmentFormat.trailerSize)
        bytes.replace(at: 0, with: SegmentFormat.trailerMagic)
        bytes.replace(at: 8, littleEndian: SegmentFormat.version)
        bytes.replace(at: 16, with: ledger)
        let numbers = [first, count, dataEnd, firstReceived, lastReceived, lastCounter, keysThrough]
        for (index, number) in numbers.enumerated() { bytes.replace(at: 32 + 8 * index, littleEndian: number) }
        bytes.replace(at: 88, littleEndian: slots)
        bytes.replace(at: 92, littleEndian: seed)
        bytes.replace(at: 96, littleEndian: shape.rawValue)
        for section in SegmentFormat.Section.allCases {
            let start = 128 + 24 * section.rawValue
            bytes.replace(at: start, littleEndian: place(section).offset)
            bytes.replace(at: start + 8, littleEndian: place(section).count)
            bytes.replace(at: start + 16, littleEndian: UInt32(section.entrySize))
        }
        bytes.replace(at: 12, littleEndian: CRC32C.checksum(bytes.raw))
        return bytes
    }

    /// Reads a trailer; nil when these bytes are none (the segment is not sealed).
    init?(_ bytes: [UInt8], name: String) throws(LedgerDamage) {
        guard bytes.count == SegmentFormat.trailerSize, Array(bytes[0..<8]) == SegmentFormat.trailerMagic else {
            return nil
        }
        var checked = bytes
        checked.replace(at: 12, littleEndian: UInt32(0))
        guard bytes.integer(at: 12, as: UInt32.self) == CRC32C.checksum(checked.raw) else { return nil }
        let version: UInt32 = bytes.integer(at: 8)
        guard version == SegmentFormat.version else { throw .newer(name, version: version) }
        ledger = Array(bytes[16..<32])
        first = bytes.integer(at: 32)
        count = bytes.integer(at: 40)
        dataEnd = bytes.integer(at: 48)
        firstReceived = bytes.integer(at: 56)
        lastReceived = bytes.integer(at: 64)
        lastCounter = bytes.integer(at: 72)
        keysThrough = bytes.integer(at: 80)
        slots = bytes.integer(at: 88)
        seed = bytes.integer(at: 92)
        guard let shape = SegmentHeader.Shape(rawValue: bytes.integer(at: 96)) else { return nil }
        self.shape = shape
        places = SegmentFormat.Section.allCases.map { section in
            let start = 128 + 24 * section.rawValue
            return Place(offset: bytes.integer(at: start), count: bytes.integer(at: start + 8))
        }
    }

    init(
        header: SegmentHeader,
        count: Int64,
        dataEnd: Int64,
        received: (first: Int64, last: Int64, counter: Int64),
        keysThrough: Int64,
        slots: UInt32
    ) {
        ledger = header.ledger
        first = header.first
        seed = header.seed
        shape = header.shape
        self.count = count
        self.dataEnd = dataEnd
        firstReceived = received.first
        lastReceived = received.last
        lastCounter = received.counter
        self.keysThrough = keysThrough
        self.slots = slots
        places = SegmentFormat.Section.allCases.map { _ in Place() }
    }
}
