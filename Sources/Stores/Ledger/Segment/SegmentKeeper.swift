internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

/// Retention: puts a kept segment in the place of a full one.
struct SegmentKeeper {
    let shared: LedgerShared
    let randomness: any Randomness
    let clock: any WallClock
    private let hashing = LedgerHashing()

    init(shared: LedgerShared, randomness: any Randomness, clock: any WallClock) {
        self.shared = shared
        self.randomness = randomness
        self.clock = clock
    }

    /// The first position that could still be read if what lies wholly below `position` were dropped.
    static func first(below position: Position, of parts: [SegmentPart]) -> Position {
        var first = Position(0)
        for part in parts {
            guard case .sealed(let segment) = part,
                segment.trailer.end <= position.index || segment.header.shape == .kept
            else { break }
            first = Position(segment.trailer.end)
        }
        return first
    }

    /// Keeps what lies wholly below `position`; answers the first position that can still be read.
    func keep(below position: Position) throws(LedgerFault) -> Position {
        for part in shared.current.parts {
            guard case .sealed(let segment) = part, segment.trailer.end <= position.index else { break }
            if segment.header.shape == .full { try keep(segment) }
        }
        return Position(shared.extent.first)
    }

    private func keep(_ segment: SealedSegment) throws(LedgerFault) {
        let unfinished = segment.name + LedgerFiles.unfinished
        let file: any DiskFile
        do throws(DiskError) {
            if try shared.disk.names().contains(unfinished) { try shared.disk.remove(unfinished) }
            file = try shared.disk.open(unfinished, .create)
        } catch { throw .disk(error) }
        guard let kept = try write(segment, to: file) else {
            throw .damage(.damaged(unfinished, "it cannot be read back"))
        }
        do throws(DiskError) {
            try shared.disk.rename(unfinished, to: segment.name)
            try shared.disk.syncFolder()
        } catch { throw .disk(error) }
        shared.change { parts in
            guard let index = parts.firstIndex(where: { $0.first == segment.first }) else { return }
            parts[index] = .sealed(kept)
        }
    }

    private func write(_ segment: SealedSegment, to file: any DiskFile) throws(LedgerFault) -> SealedSegment? {
        let old = segment.header
        let header = SegmentHeader(
            identity: shared.identity,
            first: old.first,
            seed: randomness.bytes(4).integer(at: 0),
            shape: .kept,
            created: clock.milliseconds(),
            keysBelow: old.keysBelow,
            rootBelow: old.rootBelow
        )
        let bindings = try pairs(segment.section(.bound))
        let binding = Set(bindings.map(\.value))
        let trailer = segment.trailer
        let frontier = try frontierBelow(segment)
        var writer: KeptSegmentWriter
        do throws(DiskError) {
            writer = try KeptSegmentWriter(
                header,
                file: file,
                name: segment.name,
                frontier: frontier,
                received: (trailer.firstReceived, trailer.lastReceived, trailer.lastCounter),
                slots: trailer.slots,
                fingerprints: shared.fingerprints,
                hashing: hashing
            )
        } catch { throw .disk(error) }
        var position = segment.first
        try RecordReader(.sealed(segment)).records(in: 0..<segment.count) { record throws(LedgerFault) in
            let kept = try entry(record, in: segment, at: position, binding)
            do throws(DiskError) { try writer.add(kept) } catch { throw LedgerFault.disk(error) }
            position += 1
            return true
        }
        return try writer.finish(numbered: try pairs(segment.section(.numbered)), bound: bindings)
    }

    private func frontierBelow(_ segment: SealedSegment) throws(LedgerFault) -> MerkleFrontier {
        let parts = shared.current.parts
        guard segment.first > 0, let index = parts.index(holding: segment.first - 1),
            case .sealed(let previous) = parts[index]
        else { return MerkleFrontier() }
        var pages = previous.section(.peaks)
        var peaks: [ContentHash] = []
        for index in 0..<pages.count { peaks.append(try pages.hash(at: index)) }
        return MerkleFrontier(size: segment.first, peaks: peaks)
    }

    private func pairs(_ section: SegmentSection) throws(LedgerFault) -> [(key: UInt64, value: Int64)] {
        var section = section
        var pairs: [(key: UInt64, value: Int64)] = []
        for index in 0..<section.count {
            let value = Int64(bitPattern: try section.integer64(at: index, offset: 8))
            pairs.append((try section.integer64(at: index), value))
        }
        return pairs
    }

    private func entry(
        _ record: Record,
        in segment: SealedSegment,
        at position: Int64,
        _ bound: Set<Int64>
    )
        throws(LedgerFault) -> KeptEntry
    {
        guard let layout = record.layout else {
            throw .damage(.damaged(segment.name, "position \(position) holds no event"))
        }
        let canonical = record.buffer.raw.extracting(layout.canonical)
        guard let head = try? EventHead(canonical: canonical), head.position.index == position else {
            throw .damage(.damaged(segment.name, "the event at position \(position) is not canonical"))
        }
        return KeptEntry(head, leaf: hashing.leaf(canonical), bindsKey: bound.contains(position))
    }
}
