internal import Basics
internal import FilesDriver
internal import Integrity

/// A segment that never changes any more: its index lies in its own sections.
final class SealedSegment: Sendable {
    let file: any DiskFile
    let name: String
    let header: SegmentHeader
    let trailer: SegmentTrailer
    let size: Int64
    /// The filter's words when there is room for them in memory.
    private let filter: [UInt64]?
    /// The upper levels of the tree; empty until one of their hashes was asked for.
    private let crown = Lock<[ContentHash]>([])

    var first: Int64 { header.first }
    var count: Int { Int(trailer.count) }

    /// Reads header and trailer; nil when the file ends in no trailer.
    init?(file: any DiskFile, name: String, keepingFilter: Bool) throws(LedgerFault) {
        var head: [UInt8] = []
        var tail: [UInt8] = []
        do {
            size = try file.size()
            _ = try file.read(into: &head, count: SegmentFormat.headerSize, at: 0)
            let start = size - Int64(SegmentFormat.trailerSize)
            guard start >= Int64(SegmentFormat.headerSize) else { return nil }
            _ = try file.read(into: &tail, count: SegmentFormat.trailerSize, at: start)
        } catch { throw .disk(error) }
        do throws(LedgerDamage) {
            guard let trailer = try SegmentTrailer(tail, name: name) else { return nil }
            let header = try SegmentHeader(head, name: name)
            guard trailer.first == header.first, trailer.ledger == header.ledger, trailer.seed == header.seed,
                trailer.shape == header.shape,
                trailer.count > 0, trailer.count < Int64(UInt32.max), trailer.dataEnd <= size
            else { throw LedgerDamage.damaged(name, "its trailer does not belong to its header") }
            self.header = header
            self.trailer = trailer
        } catch { throw .damage(error) }
        self.file = file
        self.name = name
        if keepingFilter {
            var words: [UInt64] = []
            var section = SegmentSection(file: file, name: name, trailer: trailer, section: .filter, seed: header.seed)
            words.reserveCapacity(Int(section.count) * 8)
            for block in 0..<section.count {
                for word in 0..<8 { words.append(try section.integer64(at: block, offset: 8 * word)) }
            }
            filter = words
        } else {
            filter = nil
        }
    }

    /// Writes the trailer again: a sync that failed may have left it in memory only.
    func secureTrailer() throws(DiskError) {
        try file.write(trailer.encoded()[...], at: size - Int64(SegmentFormat.trailerSize))
        try file.sync()
    }

    func section(_ section: SegmentFormat.Section) -> SegmentSection {
        SegmentSection(file: file, name: name, trailer: trailer, section: section, seed: header.seed)
    }

    /// Whether a fingerprint may be here; false is certain.
    func mayHold(_ fingerprint: UInt64) throws(LedgerFault) -> Bool {
        if let filter {
            let block = SegmentFilter.block(of: fingerprint, in: filter.count / 8)
            return SegmentFilter.bits(of: fingerprint).allSatisfy { bit in
                filter[block * 8 + (bit >> 6)] & (1 << UInt64(bit & 63)) != 0
            }
        }
        var pages = section(.filter)
        let block = SegmentFilter.block(of: fingerprint, in: Int(pages.count))
        for bit in SegmentFilter.bits(of: fingerprint) {
            let word = try pages.integer64(at: Int64(block), offset: 8 * (bit >> 6))
            if word & (1 << UInt64(bit & 63)) == 0 { return false }
        }
        return true
    }

    /// The places of all events whose number or key has this fingerprint.
    func numbered(_ fingerprint: UInt64) throws(LedgerFault) -> [Int] {
        guard try mayHold(fingerprint) else { return [] }
        var numbers = section(.numbers)
        var index = try numbers.lowerBound(of: fingerprint)
        var places: [Int] = []
        while index < numbers.count, try numbers.integer64(at: index) == fingerprint {
            places.append(Int(try numbers.integer32(at: index, offset: 8)))
            index += 1
        }
        return places
    }

    /// The postings of a fingerprint; nil when there are none.
    func postings(_ fingerprint: UInt64) throws(LedgerFault) -> SealedPostings? {
        guard try mayHold(fingerprint) else { return nil }
        var directory = section(.directory)
        let index = try directory.lowerBound(of: fingerprint)
        guard index < directory.count, try directory.integer64(at: index) == fingerprint else { return nil }
        let start = Int64(try directory.integer32(at: index, offset: 8))
        let count = Int64(try directory.integer32(at: index, offset: 12))
        return SealedPostings(section: section(.postings), start: start, count: count)
    }

    func extent(of places: Range<Int>) throws(LedgerFault) -> Range<Int64> {
        var offsets = section(.offsets)
        let from = Int64(try offsets.integer32(at: Int64(places.lowerBound)))
        let to =
            places.upperBound < count ? Int64(try offsets.integer32(at: Int64(places.upperBound))) : trailer.dataEnd
        guard from >= Int64(SegmentFormat.headerSize), from < to, to <= trailer.dataEnd else {
            throw .damage(.damaged(name, "its offsets point outside its frames"))
        }
        return from..<to
    }

    // MARK: The tree

    /// Hashes of this level and above stay in memory once one was asked for: 20 bytes for each 1,000 events.
    private static let crownLevel = 12

    /// The hash of a complete subtree of level 4 or above whose last leaf is here.
    ///
    /// `pages` is the tree's section: a reader of many hashes keeps one.
    func node(level: Int, index: Int64, _ pages: inout SegmentSection) throws(LedgerFault) -> ContentHash {
        let place = start(ofLevel: level) + index - (trailer.first >> Int64(level))
        guard level >= Self.crownLevel else { return try pages.hash(at: place) }
        let start = start(ofLevel: Self.crownLevel)
        if let hash = crown.withLock({ $0.isEmpty ? nil : $0[Int(place - start)] }) { return hash }
        var hashes: [ContentHash] = []
        for place in start..<pages.count { hashes.append(try pages.hash(at: place)) }
        crown.withLock { $0 = hashes }
        return hashes[Int(place - start)]
    }

    /// The place of a level's first hash in the tree's section.
    private func start(ofLevel level: Int) -> Int64 {
        var start: Int64 = 0
        for lower in SegmentFormat.lowestLevel..<level {
            start += (trailer.end >> Int64(lower)) - (trailer.first >> Int64(lower))
        }
        return start
    }
}

/// The places of one fingerprint in a sealed segment, in order.
struct SealedPostings {
    private var section: SegmentSection
    private let start: Int64
    let count: Int64

    init(section: SegmentSection, start: Int64, count: Int64) {
        self.section = section
        self.start = start
        self.count = count
    }

    mutating func place(_ index: Int64) throws(LedgerFault) -> Int { Int(try section.integer32(at: start + index)) }

    /// The first index whose place is at or above `place`.
    mutating func lowerBound(of place: Int) throws(LedgerFault) -> Int64 {
        var low: Int64 = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if try self.place(middle) < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A Bloom filter in blocks of 512 bits: one look touches one block.
enum SegmentFilter {
    static let bitsPerKey = 10

    static func blockCount(for keys: Int) -> Int { max(1, (keys * bitsPerKey + 511) / 512) }

    static func block(of fingerprint: UInt64, in count: Int) -> Int {
        Int(((fingerprint >> 32) &* UInt64(count)) >> 32)
    }

    /// Odd numbers without a pattern: bits in arithmetic progression would collide together.
    static let salts: [UInt32] = [
        0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947,
    ]

    /// The bits of a fingerprint in its block.
    static func bits(of fingerprint: UInt64) -> [Int] {
        let low = UInt32(truncatingIfNeeded: fingerprint)
        return salts.map { Int((low &* $0) >> 23) }
    }

    static func add(_ fingerprint: UInt64, to words: inout [UInt64]) {
        let start = block(of: fingerprint, in: words.count / 8) * 8
        let low = UInt32(truncatingIfNeeded: fingerprint)
        for salt in salts {
            let bit = Int((low &* salt) >> 23)
            words[start + (bit >> 6)] |= 1 << UInt64(bit & 63)
        }
    }
}
