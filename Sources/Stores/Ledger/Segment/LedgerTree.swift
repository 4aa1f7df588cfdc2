internal import Basics
internal import Integrity

/// The tree over all segments: stored hashes above, leaves below.
///
/// For one reader at a time.
struct LedgerTree {
    private let parts: [SegmentPart]
    private let hashing: LedgerHashing
    private let size: Int64
    /// The block of leaves that was read last: a path asks for its neighbours.
    private var block: (index: Int64, leaves: [ContentHash])?
    /// The tree's pages of the sealed segment that was asked last.
    private var pages: (first: Int64, section: SegmentSection)?

    init(parts: [SegmentPart], size: Int64, hashing: LedgerHashing) {
        self.parts = parts
        self.size = size
        self.hashing = hashing
    }

    /// The hash of a complete subtree.
    mutating func node(_ level: Int, _ index: Int64) throws(LedgerFault) -> ContentHash {
        guard level < SegmentFormat.lowestLevel else {
            let last = ((index + 1) << Int64(level)) - 1
            guard let part = parts.index(holding: last) else { throw missing(last) }
            return try node(level, index, of: parts[part])
        }
        let first = index << Int64(level)
        let blockIndex = first >> Int64(SegmentFormat.lowestLevel)
        if block?.index != blockIndex { block = (blockIndex, try leaves(ofBlock: blockIndex)) }
        guard let leaves = block?.leaves else { throw missing(first) }
        let start = Int(first - (blockIndex << Int64(SegmentFormat.lowestLevel)))
        var hashes = Array(leaves[start..<start + (1 << level)])
        while hashes.count > 1 {
            hashes = stride(from: 0, to: hashes.count, by: 2).map { hashing.node(hashes[$0], hashes[$0 + 1]) }
        }
        return hashes[0]
    }

    /// A stored hash; its page stays at hand.
    private mutating func node(_ level: Int, _ index: Int64, of part: SegmentPart) throws(LedgerFault) -> ContentHash {
        switch part {
        case .open(let segment): return segment.node(level: level, index: index)
        case .sealed(let segment):
            var section = pages.flatMap { $0.first == segment.first ? $0.section : nil } ?? segment.section(.tree)
            pages = nil
            defer { pages = (segment.first, section) }
            return try segment.node(level: level, index: index, &section)
        }
    }

    private func missing(_ position: Int64) -> LedgerFault {
        .damage(.damaged("the tree", "position \(position) is in no segment"))
    }

    private func leaves(ofBlock index: Int64) throws(LedgerFault) -> [ContentHash] {
        var position = index << Int64(SegmentFormat.lowestLevel)
        let end = min(size, position + (1 << Int64(SegmentFormat.lowestLevel)))
        var leaves: [ContentHash] = []
        while position < end {
            guard let partIndex = parts.index(holding: position) else { throw missing(position) }
            let part = parts[partIndex]
            let reader = RecordReader(part)
            var place = Int(position - part.first)
            let places = place..<Int(min(end, part.end) - part.first)
            if case .open(let segment) = part {
                for place in places { leaves.append(segment.leaf(place)) }
            } else {
                try reader.records(in: places) { record throws(LedgerFault) in
                    leaves.append(try reader.leaf(of: record, at: place, with: hashing))
                    place += 1
                    return true
                }
            }
            position += Int64(places.count)
        }
        return leaves
    }
}
