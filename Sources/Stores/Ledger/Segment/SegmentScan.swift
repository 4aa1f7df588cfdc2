internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model

/// What a walk over the ledger carries from segment to segment.
struct LedgerProgress: Sendable {
    var frontier = MerkleFrontier()
    var received = HybridTime(milliseconds: 0, counter: 0)
    /// How many events so far carried an idempotency key.
    var keys: Int64 = 0
    /// Highest number of every agent that ever used one, and where each bound key was bound, by fingerprint.
    var numbered = FingerprintMap<Int64>(filler: 0)
    var bound = FingerprintMap<Int64>(filler: 0)
    /// The most that any commit frame said to be synced: key slots, and the position.
    var slots: UInt32 = 0
    var synced: Int64 = -1
    var forgets: [ForgetRecord] = []

    var next: Int64 { frontier.size }
}

/// A forget that stands in the ledger.
struct ForgetRecord: Sendable, Hashable {
    let position: Int64
    let subject: SubjectID
}

/// What stands after the last group that counts.
package struct LedgerTail: Sendable, Hashable {
    /// The position that the first event of the tail would have had.
    package let position: Int64
    /// How many bytes, zeros at the end left out.
    package let bytes: Int64
}

/// Reads an unsealed segment into memory: everything up to the last whole group.
struct SegmentScan {
    private(set) var segment: OpenSegment
    /// Places of numbers and keys, for the writer.
    private(set) var numbers = FingerprintMap<UInt32>(filler: 0)
    /// Where the last group that counts lies in the file; empty when there is none.
    private(set) var lastGroup: Range<Int64>
    private(set) var tail: LedgerTail?

    private let fingerprints: Fingerprints
    private let hashing: LedgerHashing
    private var cursor: FrameCursor
    private var group = OpenSegment.Group()
    private var groupStart = Int64(SegmentFormat.headerSize)
    private var pending: LedgerProgress
    private var lastRoot: ContentHash?
    /// Whether the root of every group is computed, not of the last one only.
    var checksRoots = false
    /// Whether the frames of a sealed segment are read: then all of them count.
    private let isSealed: Bool
    #if DEBUG
    private var keepsHalf = false
    #endif

    init(
        file: any DiskFile,
        name: String,
        header: SegmentHeader,
        progress: LedgerProgress,
        fingerprints: Fingerprints,
        hashing: LedgerHashing,
        options: SegmentLedger.Options,
        sealedAt end: Int64? = nil
    ) throws(LedgerFault) {
        segment = OpenSegment(file: file, name: name, header: header)
        self.fingerprints = fingerprints
        self.hashing = hashing
        pending = progress
        let start = Int64(SegmentFormat.headerSize)
        lastGroup = start..<start
        isSealed = end != nil
        let size: Int64
        do throws(DiskError) {
            if let end { size = end } else { size = try file.size() }
        } catch { throw .disk(error) }
        cursor = FrameCursor(file: file, seed: header.seed, from: start, to: size)
        #if DEBUG
        keepsHalf = options.sins.contains(.keepHalfBatch)
        cursor.trusts = options.sins.contains(.noChecksum)
        #endif
    }

    /// Walks to the end.
    ///
    /// `progress` takes in what counts; damage below a commit's witness throws.
    mutating func run(_ progress: inout LedgerProgress) throws(LedgerFault) {
        var stop: Int64?
        while stop == nil {
            let step: FrameCursor.Step
            do { step = try cursor.next() } catch { throw .disk(error) }
            switch step {
            case .frame(let frame):
                if try !take(frame, &progress) { stop = frame.offset }
            case .stop(let offset): stop = offset
            }
        }
        #if DEBUG
        if keepsHalf, !group.leaves.isEmpty { keepHalf(upTo: stop ?? groupStart, &progress) }
        #endif
        if let lastRoot, lastRoot != progress.frontier.root(with: hashing) {
            throw damaged("the root of its last group is not that of its events")
        }
        if isSealed {
            guard stop == groupStart, stop == cursor.limit else { throw damaged("its frames end before they should") }
        } else {
            try judgeRest(from: stop ?? groupStart, progress)
        }
    }

    private func damaged(_ reason: String) -> LedgerFault { .damage(.damaged(segment.name, reason)) }

    /// Takes one frame in; false when it cannot stand here.
    private mutating func take(
        _ frame: FrameCursor.Frame,
        _ progress: inout LedgerProgress
    ) throws(LedgerFault)
        -> Bool
    {
        switch frame.kind {
        case .entry: return takeEntry(frame)
        case .kept: return takeKept(frame)
        case .commit:
            let buffer = cursor.buffer
            guard let commit = CommitFrame(buffer.raw.extracting(frame.payload)), commit.first == progress.next,
                Int(commit.count) == group.leaves.count, commit.count > 0
            else { return false }
            if checksRoots, commit.root != pending.frontier.root(with: hashing) {
                throw damaged("the root of the group at position \(commit.first) is not that of its events")
            }
            accept(commit, end: frame.end, &progress)
            return true
        }
    }

    private mutating func takeEntry(_ frame: FrameCursor.Frame) -> Bool {
        let buffer = cursor.buffer
        let forget = LedgerForget.typeBytes
        let payload = buffer.raw.extracting(frame.payload)
        guard segment.header.shape == .full, let layout = EntryLayout(payload) else { return false }
        let canonical = payload.extracting(layout.canonical)
        guard let fields = try? CanonicalFields(canonical), fields.position.index == pending.next else { return false }
        var row = fingerprints.row(of: fields, in: canonical)
        row.offset = UInt32(frame.offset)
        if let number = fields.number { pending.numbered.raise(row.agent, to: number) }
        if fields.signature != nil, pending.bound[row.agent] == nil {
            pending.bound.add(row.agent, fields.position.index)
        }
        if row.key != 0 { group.keys += 1 }
        if canonical.extracting(fields.type).isSame(as: forget.raw),
            let subject = fields.subject,
            let forgotten = try? SubjectID(canonical.extracting(subject).text)
        {
            pending.forgets.append(ForgetRecord(position: fields.position.index, subject: forgotten))
        }
        if group.leaves.isEmpty { group.firstReceived = fields.received.milliseconds }
        pending.received = fields.received
        add(row, leaf: hashing.leaf(canonical))
        return true
    }

    private mutating func takeKept(_ frame: FrameCursor.Frame) -> Bool {
        guard segment.header.shape == .kept,
            let kept = KeptEntry(cursor.buffer.raw.extracting(frame.payload)), kept.position == pending.next
        else { return false }
        var row = kept.row(fingerprints)
        row.offset = UInt32(frame.offset)
        if row.key != 0 { group.keys += 1 }
        if let number = kept.number { pending.numbered.raise(row.agent, to: number.value) }
        if kept.publicKey != nil { pending.bound.add(row.agent, kept.position) }
        if let subject = kept.subject {
            pending.forgets.append(ForgetRecord(position: kept.position, subject: subject))
        }
        add(row, leaf: kept.leaf)
        return true
    }

    private mutating func add(_ row: SegmentRow, leaf: ContentHash) {
        group.rows.append(row)
        group.leaves.append(leaf)
        var nodes = group.nodes
        group.nodes = []
        pending.frontier.append(leaf, with: hashing) { level, _, hash in
            if level >= SegmentFormat.lowestLevel { nodes.append((level, hash)) }
        }
        group.nodes = nodes
    }

    private mutating func accept(_ commit: CommitFrame, end: Int64, _ progress: inout LedgerProgress) {
        let base = segment.count
        for (index, row) in group.rows.enumerated() {
            let place = UInt32(base + index)
            if row.number != 0 { numbers.add(row.number, place) }
            if row.key != 0 { numbers.add(row.key, place) }
        }
        pending.keys += group.keys
        pending.slots = max(pending.slots, commit.slots)
        pending.synced = max(pending.synced, commit.synced)
        group.end = end
        group.lastReceived = pending.received.milliseconds
        group.lastCounter = Int64(pending.received.counter)
        group.slots = commit.slots
        segment.add(group)
        lastRoot = commit.root
        lastGroup = groupStart..<end
        groupStart = end
        group = OpenSegment.Group()
        progress = pending
    }

    #if DEBUG
    /// A sin for the tests of the tests: events without the commit that closes their group.
    private mutating func keepHalf(upTo end: Int64, _ progress: inout LedgerProgress) {
        let half = CommitFrame(
            first: progress.next,
            count: UInt32(group.leaves.count),
            slots: pending.slots,
            synced: pending.synced,
            root: pending.frontier.root(with: hashing)
        )
        accept(half, end: end, &progress)
    }
    #endif

    // MARK: What follows the last group

    /// Whether the rest is nothing, a torn tail, or damage below a commit that names it synced.
    private mutating func judgeRest(from stop: Int64, _ progress: LedgerProgress) throws(LedgerFault) {
        let file = segment.file
        var last = groupStart
        do {
            let size = try file.size()
            if let nonZero = try Self.lastNonZero(in: file, from: groupStart, to: size) { last = nonZero + 1 }
            try Self.forEachCommit(in: file, seed: segment.header.seed, from: stop, to: last) { commit in
                pending.synced = max(pending.synced, commit.synced)
            }
        } catch { throw .disk(error) }
        if pending.synced >= progress.next {
            throw damaged("events from position \(progress.next) on were synced and cannot be read")
        }
        if last > groupStart { tail = LedgerTail(position: progress.next, bytes: last - groupStart) }
    }

    private static func lastNonZero(
        in file: any DiskFile,
        from start: Int64,
        to end: Int64
    ) throws(DiskError)
        -> Int64?
    {
        var buffer: [UInt8] = []
        var upper = end
        while upper > start {
            let lower = max(start, upper - 1 << 20)
            _ = try file.read(into: &buffer, count: Int(upper - lower), at: lower)
            if let index = buffer.raw.lastNonZero { return lower + Int64(index) }
            upper = lower
        }
        return nil
    }

    /// Finds commit frames at any byte, past damage that hides where frames begin.
    private static func forEachCommit(
        in file: any DiskFile,
        seed: UInt32,
        from start: Int64,
        to end: Int64,
        _ body: (CommitFrame) -> Void
    ) throws(DiskError) {
        let size = SegmentFormat.frameHead + SegmentFormat.commitSize
        let word = UInt32(SegmentFormat.commitSize) | UInt32(SegmentFormat.FrameKind.commit.rawValue) << 24
        var buffer: [UInt8] = []
        var offset = start
        while offset + Int64(size) <= end {
            let got = try file.read(into: &buffer, count: Int(min(end - offset, 1 << 20)), at: offset)
            guard got >= size else { return }
            for index in 0...got - size where buffer.integer(at: index + 4, as: UInt32.self) == word {
                let bytes = buffer.raw.extracting(index + 4..<index + size)
                guard buffer.integer(at: index, as: UInt32.self) == CRC32C.checksum(bytes, seed: seed),
                    let commit = CommitFrame(bytes.extracting(4..<bytes.byteCount))
                else { continue }
                body(commit)
            }
            offset += Int64(got - size + 1)
        }
    }
}

extension FingerprintMap where Value == Int64 {
    /// Keeps the larger of what is there and `value`.
    mutating func raise(_ key: UInt64, to value: Int64) {
        if let known = self[key], known >= value { return }
        self[key] = value
    }
}
