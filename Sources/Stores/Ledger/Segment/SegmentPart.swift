internal import Basics
internal import FilesDriver

/// One stretch of the ledger, sealed or not: what reading needs of it.
enum SegmentPart: Sendable {
    case sealed(SealedSegment)
    case open(OpenSegment)

    var first: Int64 { header.first }
    var end: Int64 { first + Int64(count) }

    var count: Int {
        switch self {
        case .sealed(let segment): segment.count
        case .open(let segment): segment.count
        }
    }

    var header: SegmentHeader {
        switch self {
        case .sealed(let segment): segment.header
        case .open(let segment): segment.header
        }
    }

    var file: any DiskFile {
        switch self {
        case .sealed(let segment): segment.file
        case .open(let segment): segment.file
        }
    }

    var name: String {
        switch self {
        case .sealed(let segment): segment.name
        case .open(let segment): segment.name
        }
    }

    var bytes: Int64 {
        switch self {
        case .sealed(let segment): segment.size
        case .open(let segment): segment.end
        }
    }

    /// Received milliseconds of the first and the last event.
    var received: (first: Int64, last: Int64) {
        switch self {
        case .sealed(let segment): (segment.trailer.firstReceived, segment.trailer.lastReceived)
        case .open(let segment): segment.received
        }
    }

    /// Where the frames of some neighbouring events lie, commit frames among them.
    func extent(of places: Range<Int>) throws(LedgerFault) -> Range<Int64> {
        switch self {
        case .sealed(let segment): try segment.extent(of: places)
        case .open(let segment): segment.extent(of: places)
        }
    }
}

extension [SegmentPart] {
    /// Which part holds a position; nil when none does.
    func index(holding position: Int64) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].first <= position { low = middle + 1 } else { high = middle }
        }
        guard low > 0, position < self[low - 1].end else { return nil }
        return low - 1
    }
}
