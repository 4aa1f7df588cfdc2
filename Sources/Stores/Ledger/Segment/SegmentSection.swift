internal import Basics
internal import FilesDriver
internal import Integrity

/// An array of entries of one size in checksummed pages, read page by page.
///
/// Keeps the page that it read last: neighbours cost nothing. Confined to one reader.
struct SegmentSection {
    let file: any DiskFile
    let name: String
    let place: SegmentTrailer.Place
    let section: SegmentFormat.Section
    let seed: UInt32
    private var page: [UInt8] = []
    private var pageIndex: Int64 = -1

    init(file: any DiskFile, name: String, trailer: SegmentTrailer, section: SegmentFormat.Section, seed: UInt32) {
        self.file = file
        self.name = name
        self.place = trailer.place(section)
        self.section = section
        self.seed = seed
    }

    /// A page's checksum knows which page it is.
    static func seed(_ seed: UInt32, _ section: SegmentFormat.Section, page: Int64) -> UInt32 {
        seed &+ UInt32(section.rawValue) &+ 16 &* UInt32(truncatingIfNeeded: page)
    }

    var count: Int64 { place.count }
    var perPage: Int64 { Int64(SegmentFormat.pageRoom / section.entrySize) }

    /// Brings the page that holds an entry, and answers where the entry begins in it.
    private mutating func locate(_ index: Int64) throws(LedgerFault) -> Int {
        precondition(index >= 0 && index < count, "an entry of a section is asked for inside it")
        let wanted = index / perPage
        if wanted != pageIndex { try readPage(wanted) }
        return Int(index % perPage) * section.entrySize
    }

    private mutating func readPage(_ index: Int64) throws(LedgerFault) {
        // Until the page is known to be whole, there is none.
        pageIndex = -1
        let size = SegmentFormat.pageSize
        let got: Int
        do { got = try file.read(into: &page, count: size, at: place.offset + index * Int64(size)) } catch {
            throw .disk(error)
        }
        guard got == size,
            page.integer(at: SegmentFormat.pageRoom, as: UInt32.self)
                == CRC32C.checksum(
                    page.raw.extracting(0..<SegmentFormat.pageRoom),
                    seed: Self.seed(seed, section, page: index)
                )
        else { throw .damage(.damaged(name, "page \(index) of its section \(section) is spoilt")) }
        pageIndex = index
    }

    mutating func integer32(at index: Int64) throws(LedgerFault) -> UInt32 {
        let start = try locate(index)
        return page.integer(at: start)
    }

    /// The leading 64 bits of an entry.
    mutating func integer64(at index: Int64) throws(LedgerFault) -> UInt64 {
        let start = try locate(index)
        return page.integer(at: start)
    }

    /// 32 bits in an entry, `offset` bytes into it.
    mutating func integer32(at index: Int64, offset: Int) throws(LedgerFault) -> UInt32 {
        let start = try locate(index)
        return page.integer(at: start + offset)
    }

    mutating func integer64(at index: Int64, offset: Int) throws(LedgerFault) -> UInt64 {
        let start = try locate(index)
        return page.integer(at: start + offset)
    }

    mutating func hash(at index: Int64) throws(LedgerFault) -> ContentHash {
        let start = try locate(index)
        guard let hash = ContentHash(page.raw.extracting(start..<start + ContentHash.byteCount)) else {
            preconditionFailure("32 bytes are a hash")
        }
        return hash
    }

    /// The first index whose leading 64 bits are at or above `key`, in a section sorted by them.
    ///
    /// Fingerprints are spread evenly, so a few guesses by proportion land within a page; then it halves.
    mutating func lowerBound(of key: UInt64) throws(LedgerFault) -> Int64 {
        var low: Int64 = 0
        var high = count
        var below: UInt64 = 0
        var above = UInt64.max
        var guesses = 0
        while low < high {
            var middle = low + (high - low) / 2
            if guesses < 6, key >= below, key <= above, above > below {
                let share = (key - below).multipliedFullWidth(by: UInt64(high - low))
                if share.high < above - below {
                    middle = low + Int64((above - below).dividingFullWidth(share).quotient)
                }
                middle = min(max(middle, low), high - 1)
            }
            guesses += 1
            let found = try integer64(at: middle)
            if found < key {
                low = middle + 1
                below = found
            } else {
                high = middle
                above = found
            }
        }
        return low
    }
}

/// Lays entries of one size into checksummed pages.
struct SectionWriter {
    private(set) var bytes: [UInt8] = []
    private(set) var count: Int64 = 0
    private let section: SegmentFormat.Section
    private let seed: UInt32
    private let pageFill: Int
    private var pageStart = 0

    init(_ section: SegmentFormat.Section, seed: UInt32, expecting count: Int = 0) {
        self.section = section
        self.seed = seed
        pageFill = SegmentFormat.pageRoom / section.entrySize * section.entrySize
        bytes.reserveCapacity((count * section.entrySize / pageFill + 1) * SegmentFormat.pageSize)
    }

    mutating func add(_ first: UInt32) {
        bytes.append(littleEndian: first)
        finishEntry()
    }

    mutating func add(_ first: UInt64, _ second: UInt32) {
        bytes.append(littleEndian: first)
        bytes.append(littleEndian: second)
        finishEntry()
    }

    mutating func add(_ first: UInt64, _ second: UInt64) {
        bytes.append(littleEndian: first)
        bytes.append(littleEndian: second)
        finishEntry()
    }

    mutating func add(_ hash: ContentHash) {
        bytes.append(contentsOf: hash.bytes)
        finishEntry()
    }

    mutating func add(_ words: [UInt64]) {
        for word in words { bytes.append(littleEndian: word) }
        finishEntry()
    }

    private mutating func finishEntry() {
        count += 1
        if bytes.count - pageStart == pageFill { closePage() }
    }

    private mutating func closePage() {
        let room = pageStart + SegmentFormat.pageRoom
        let pageSeed = SegmentSection.seed(seed, section, page: Int64(pageStart / SegmentFormat.pageSize))
        if bytes.count < room { bytes.append(contentsOf: [UInt8](repeating: 0, count: room - bytes.count)) }
        bytes.append(littleEndian: CRC32C.checksum(bytes.raw.extracting(pageStart..<room), seed: pageSeed))
        pageStart = bytes.count
    }

    /// All pages, the last one filled up with zeros.
    consuming func finished() -> (bytes: [UInt8], count: Int64) {
        if bytes.count > pageStart { closePage() }
        return (bytes, count)
    }
}

/// What stopped a read: the disk's answer, or what the bytes say.
enum LedgerFault: Error {
    case disk(DiskError)
    case damage(LedgerDamage)
}
