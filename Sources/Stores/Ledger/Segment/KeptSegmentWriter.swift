internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

/// Writes a kept segment: group by group, then its footer.
struct KeptSegmentWriter {
    static let groupSize = 4096

    let part: OpenSegment
    private(set) var frontier: MerkleFrontier
    private let fingerprints: Fingerprints
    private let hashing: LedgerHashing
    private let slots: UInt32
    private let received: (first: Int64, last: Int64, counter: Int64)
    private var group = OpenSegment.Group()
    private var buffer: [UInt8] = []
    private var groupFirst: Int64

    /// Begins a kept segment on a fresh file; `received` and `slots` are what its trailer will say.
    init(
        _ header: SegmentHeader,
        file: any DiskFile,
        name: String,
        frontier: MerkleFrontier,
        received: (first: Int64, last: Int64, counter: Int64),
        slots: UInt32,
        fingerprints: Fingerprints,
        hashing: LedgerHashing
    ) throws(DiskError) {
        try file.write(header.encoded()[...], at: 0)
        part = OpenSegment(file: file, name: name, header: header)
        self.frontier = frontier
        self.received = received
        self.slots = slots
        self.fingerprints = fingerprints
        self.hashing = hashing
        groupFirst = frontier.size
    }

    mutating func add(_ kept: KeptEntry) throws(DiskError) {
        var row = kept.row(fingerprints)
        row.offset = UInt32(part.end + Int64(buffer.count))
        let frame = FrameWriter.begin(in: &buffer)
        buffer.append(contentsOf: kept.encoded())
        FrameWriter.end(frame, .kept, seed: part.header.seed, in: &buffer)
        if kept.key != nil { group.keys += 1 }
        group.rows.append(row)
        group.leaves.append(kept.leaf)
        var nodes = group.nodes
        group.nodes = []
        frontier.append(kept.leaf, with: hashing) { level, _, hash in
            if level >= SegmentFormat.lowestLevel { nodes.append((level, hash)) }
        }
        group.nodes = nodes
        if group.rows.count == Self.groupSize { try closeGroup() }
    }

    private mutating func closeGroup() throws(DiskError) {
        guard !group.rows.isEmpty else { return }
        let commit = CommitFrame(
            first: groupFirst,
            count: UInt32(group.rows.count),
            slots: slots,
            synced: groupFirst - 1,
            root: frontier.root(with: hashing)
        )
        commit.append(to: &buffer, seed: part.header.seed)
        try part.file.write(buffer[...], at: part.end)
        group.end = part.end + Int64(buffer.count)
        group.firstReceived = received.first
        group.lastReceived = received.last
        group.lastCounter = received.counter
        group.slots = slots
        part.add(group)
        group = OpenSegment.Group()
        buffer.removeAll(keepingCapacity: true)
        groupFirst = frontier.size
    }

    /// Writes the footer and syncs; nil when the file does not read back as sealed.
    mutating func finish(
        numbered: [(key: UInt64, value: Int64)],
        bound: [(key: UInt64, value: Int64)]
    )
        throws(LedgerFault) -> SealedSegment?
    {
        do { try closeGroup() } catch { throw .disk(error) }
        let sealer = SegmentSealer(
            header: part.header,
            state: part.snapshot(),
            numbered: numbered,
            bound: bound,
            peaks: frontier.peaks,
            forgetType: fingerprints(.type, LedgerForget.typeText)
        )
        return try sealer.seal(part.file, name: part.name)
    }
}
