internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import OpenSSLDriver

/// Opens the files of a ledger, decides what counts, and refuses what no crash explains.
struct LedgerRecovery {
    enum Purpose { case writing, reading }
    /// What the last segment is: the one that takes events, or, while a dump is loaded, what retention had kept.
    enum End { case open, kept }

    /// What a ledger is made of, once opened.
    struct Recovered {
        let identity: LedgerIdentity
        let headKey: SigningKey
        var keyring: Keyring
        var heads: HeadRecords?
        var parts: [SegmentPart] = []
        /// For each part that is not sealed: where its numbers and keys lie.
        var numbers: [Int64: FingerprintMap<UInt32>] = [:]
        var progress = LedgerProgress()
        var lastGroup: Range<Int64>?
        var tail: LedgerTail?
        /// A segment that was not sealed though another follows it, with the state at its end.
        var unsealedBefore: (segment: OpenSegment, progress: LedgerProgress)?
    }

    let files: LedgerFiles
    let purpose: Purpose
    let masterKey: [UInt8]?
    let clock: any WallClock
    let randomness: any Randomness
    let options: SegmentLedger.Options
    private let hashing = LedgerHashing()

    init(
        disk: any Disk,
        purpose: Purpose,
        masterKey: [UInt8]?,
        clock: any WallClock,
        randomness: any Randomness,
        options: SegmentLedger.Options
    ) {
        files = LedgerFiles(disk: disk)
        self.purpose = purpose
        self.masterKey = masterKey
        self.clock = clock
        self.randomness = randomness
        self.options = options
    }

    /// Everything up to the point where writing may begin.
    ///
    /// `witnesses` are positions known to have been durable.
    func run(witnesses: [Int64], end: End = .open) throws(LedgerOpenError) -> Recovered {
        var recovered = try openKeyring()
        do throws(LedgerFault) {
            let destroyed = try destroyedKeys(recovered.keyring)
            // Heads first: a running server signs them after their events, so none is read that lacks one.
            try openHeads(&recovered)
            try openSegments(&recovered, end)
            try checkWitnesses(witnesses, recovered)
            let size: Int64
            do { size = try recovered.keyring.file.size() } catch { throw LedgerFault.disk(error) }
            try recovered.keyring.load(synced: recovered.progress.slots, size: size)
            let due = try checkKeys(recovered, destroyedBefore: destroyed)
            if purpose == .writing {
                try mend(&recovered, keyringSize: size, destroying: due)
            } else {
                for key in due { recovered.keyring.markDestroyed(key.number, forgottenAt: key.position) }
            }
        } catch { throw LedgerOpenError(error) }
        return recovered
    }

    // MARK: Keyring and head key

    /// Who the ledger is; a fresh one is given its first files.
    func identity() throws(LedgerOpenError) -> LedgerIdentity {
        let identity = try openKeyring().identity
        do throws(DiskError) {
            if try !files.disk.names().contains(LedgerFiles.heads) { try files.makeHeads() }
        } catch { throw .disk(error) }
        return identity
    }

    private func openKeyring() throws(LedgerOpenError) -> Recovered {
        let names: [String]
        do {
            if purpose == .writing { try files.removeUnfinished() }
            names = try files.disk.names()
        } catch { throw .disk(error) }
        do throws(LedgerDamage) { try files.checkOrder(of: names) } catch { throw .damage(error) }
        do {
            let isFresh = !names.contains { SegmentFormat.first(ofName: $0) != nil }
            if purpose == .writing, isFresh { try makeFirstFiles(names) }
        } catch { throw .disk(error) }
        let file: any DiskFile
        do { file = try files.disk.open(LedgerFiles.keyring, purpose == .writing ? .existing : .readOnly) } catch {
            if error.kind == .notFound { throw .damage(.damaged(LedgerFiles.keyring, "it is missing")) }
            throw .disk(error)
        }
        let header = try LedgerFiles.readKeyringHeader(file)
        if header.isWrapped {
            guard let masterKey else { throw .masterKeyMissing }
            guard LedgerFiles.masterCheck(masterKey) == header.masterCheck else { throw .masterKeyWrong }
        } else if let masterKey, purpose == .writing {
            do {
                let wrapped = LedgerFiles.keyringHeader(header.identity, created: header.created, master: masterKey)
                try file.write(wrapped[...], at: 0)
                try file.sync()
            } catch { throw .disk(error) }
        }
        let isWrapped = header.isWrapped || purpose == .writing
        let wrapping = isWrapped ? masterKey.map { KeyWrapping(key: $0) } : nil
        return Recovered(
            identity: header.identity,
            headKey: try readHeadKey(),
            keyring: Keyring(file: file, identity: header.identity, wrapping: wrapping)
        )
    }

    private func readHeadKey() throws(LedgerOpenError) -> SigningKey {
        do { return try files.readHeadKey() } catch {
            if case .disk(let failure) = error, failure.kind == .notFound {
                throw .damage(.damaged(LedgerFiles.headKey, "it is missing; copy it back from where it was kept"))
            }
            throw error
        }
    }

    /// A ledger without segments holds nothing yet: whatever is missing is made, each file when the one before it is
    /// durable.
    private func makeFirstFiles(_ names: [String]) throws(DiskError) {
        if !names.contains(LedgerFiles.headKey) { _ = try files.makeHeadKey(randomness) }
        guard !names.contains(LedgerFiles.keyring) else { return }
        // A start before this one may have been refused this sync.
        try files.disk.syncFolder()
        let identity = LedgerIdentity(id: randomness.bytes(16), fingerprintKey: randomness.bytes(16))
        try files.make(
            LedgerFiles.keyring,
            LedgerFiles.keyringHeader(identity, created: clock.milliseconds(), master: masterKey)
        )
    }

    // MARK: Segments

    private func openSegments(_ recovered: inout Recovered, _ end: End) throws(LedgerFault) {
        let firsts = try segments()
        let fingerprints = Fingerprints(recovered.identity)
        var filterRoom = options.filterBytes
        var sealed: SealedSegment?
        for (index, first) in firsts.enumerated() {
            let name = SegmentFormat.name(first: first)
            let file = try open(name)
            let keepsFilter = filterRoom > 0
            if sealed != nil || index == 0,
                let segment = try SealedSegment(file: file, name: name, keepingFilter: keepsFilter)
            {
                filterRoom -= segment.trailer.place(.filter).count * 64
                try accept(segment, &recovered)
                sealed = segment
                continue
            }
            guard index >= firsts.count - 2 else {
                throw .damage(.damaged(name, "it is not sealed, though later segments are"))
            }
            if let last = sealed { try take(last, into: &recovered) }
            sealed = nil
            if case .open(let segment)? = recovered.parts.last {
                recovered.unsealedBefore = (segment, recovered.progress)
            }
            try scan(file, name, fingerprints, &recovered)
        }
        if let sealed {
            if end == .open { try checkEnd(sealed, last: firsts.last) }
            try take(sealed, into: &recovered)
        }
        try collectForgets(&recovered, fingerprints)
    }

    /// The first positions of the segments, in order.
    private func segments() throws(LedgerFault) -> [Int64] {
        do { return try files.disk.names().compactMap(SegmentFormat.first(ofName:)).sorted() } catch {
            throw .disk(error)
        }
    }

    /// A segment is sealed when the next one is durable: without it, the end of the ledger is gone.
    private func checkEnd(_ segment: SealedSegment, last: Int64?) throws(LedgerFault) {
        // A running server may have begun the next one since the names were read.
        if purpose == .reading, try segments().last != last { return }
        let next = SegmentFormat.name(first: segment.trailer.end)
        throw .damage(.damaged(next, "it is missing, and the segment before it is sealed"))
    }

    private func open(_ name: String) throws(LedgerFault) -> any DiskFile {
        do { return try files.disk.open(name, purpose == .writing ? .existing : .readOnly) } catch {
            throw .disk(error)
        }
    }

    private func accept(_ segment: SealedSegment, _ recovered: inout Recovered) throws(LedgerFault) {
        guard segment.header.ledger == recovered.identity.id,
            segment.header.fingerprintKey == recovered.identity.fingerprintKey
        else { throw .damage(.foreign(segment.name, "it belongs to another ledger")) }
        guard segment.name == SegmentFormat.name(first: segment.first) else {
            throw .damage(.damaged(segment.name, "it begins at position \(segment.first), which its name denies"))
        }
        let next = recovered.parts.last?.end ?? 0
        guard segment.first == next else {
            throw .damage(.damaged(segment.name, "the segment that ends at position \(segment.first) is missing"))
        }
        var below = MerkleFrontier()
        if case .sealed(let previous)? = recovered.parts.last { below = try frontier(of: previous) }
        guard segment.header.rootBelow == below.root(with: hashing) else {
            throw .damage(
                .damaged(segment.name, "the events below it have another root than it was begun on")
            )
        }
        recovered.parts.append(.sealed(segment))
    }

    /// The tree up to the end of a sealed segment.
    private func frontier(of segment: SealedSegment) throws(LedgerFault) -> MerkleFrontier {
        var pages = segment.section(.peaks)
        var peaks: [ContentHash] = []
        for index in 0..<pages.count { peaks.append(try pages.hash(at: index)) }
        guard peaks.count == MerkleFrontier.peakCount(size: segment.trailer.end) else {
            throw .damage(.damaged(segment.name, "its peaks do not fit its size"))
        }
        return MerkleFrontier(size: segment.trailer.end, peaks: peaks)
    }

    /// Takes up the running state where the last sealed segment left it.
    private func take(_ segment: SealedSegment, into recovered: inout Recovered) throws(LedgerFault) {
        var progress = LedgerProgress()
        progress.frontier = try frontier(of: segment)
        progress.received = HybridTime(
            milliseconds: segment.trailer.lastReceived,
            counter: UInt32(clamping: segment.trailer.lastCounter)
        )
        progress.keys = segment.trailer.keysThrough
        progress.slots = segment.trailer.slots
        progress.synced = segment.trailer.end - 1
        progress.numbered = try load(segment.section(.numbered))
        progress.bound = try load(segment.section(.bound))
        recovered.progress = progress
    }

    private func load(_ section: SegmentSection) throws(LedgerFault) -> FingerprintMap<Int64> {
        var section = section
        var map = FingerprintMap<Int64>(filler: 0, expecting: Int(section.count))
        for index in 0..<section.count {
            let value = Int64(bitPattern: try section.integer64(at: index, offset: 8))
            map.add(try section.integer64(at: index), value)
        }
        return map
    }

    private func scan(
        _ file: any DiskFile,
        _ name: String,
        _ fingerprints: Fingerprints,
        _ recovered: inout Recovered
    ) throws(LedgerFault) {
        let header = try header(of: file, name, recovered)
        var scan = try SegmentScan(
            file: file,
            name: name,
            header: header,
            progress: recovered.progress,
            fingerprints: fingerprints,
            hashing: hashing,
            options: options
        )
        try scan.run(&recovered.progress)
        recovered.parts.append(.open(scan.segment))
        recovered.numbers[header.first] = scan.numbers
        recovered.lastGroup = scan.lastGroup
        recovered.tail = scan.tail
    }

    /// Reads an unsealed segment's header: a witness that everything below it was durable.
    private func header(
        of file: any DiskFile,
        _ name: String,
        _ recovered: Recovered
    ) throws(LedgerFault)
        -> SegmentHeader
    {
        var bytes: [UInt8] = []
        do { _ = try file.read(into: &bytes, count: SegmentFormat.headerSize, at: 0) } catch { throw .disk(error) }
        do throws(LedgerDamage) {
            let header = try SegmentHeader(bytes, name: name)
            guard header.ledger == recovered.identity.id,
                header.fingerprintKey == recovered.identity.fingerprintKey
            else { throw .foreign(name, "it belongs to another ledger") }
            guard header.first == recovered.progress.next, SegmentFormat.name(first: header.first) == name else {
                throw .damaged(name, "events from position \(recovered.progress.next) on are missing before it")
            }
            guard header.rootBelow == recovered.progress.frontier.root(with: hashing) else {
                throw .damaged(name, "the events below it have another root than it was begun on")
            }
            return header
        } catch {
            throw .damage(error)
        }
    }

    /// The forgets of sealed segments, found by their type.
    private func collectForgets(_ recovered: inout Recovered, _ fingerprints: Fingerprints) throws(LedgerFault) {
        let type = fingerprints(.type, LedgerForget.type.text)
        var found: [ForgetRecord] = []
        for case .sealed(let segment) in recovered.parts {
            guard var postings = try segment.postings(type) else { continue }
            for index in 0..<postings.count {
                let place = try postings.place(index)
                if let record = try RecordReader(.sealed(segment)).forget(at: place) { found.append(record) }
            }
        }
        recovered.progress.forgets = found + recovered.progress.forgets
    }

    // MARK: Heads and witnesses

    private func openHeads(_ recovered: inout Recovered) throws(LedgerFault) {
        let isThere: Bool
        do { isThere = try files.disk.names().contains(LedgerFiles.heads) } catch { throw .disk(error) }
        guard isThere else { return }
        recovered.heads = try HeadRecords(file: try open(LedgerFiles.heads), ledger: recovered.identity.id)
    }

    private func checkWitnesses(_ witnesses: [Int64], _ recovered: Recovered) throws(LedgerFault) {
        let next = recovered.progress.next
        let name = recovered.parts.last?.name ?? SegmentFormat.name(first: 0)
        if let highest = witnesses.max(), highest >= next {
            throw .damage(.damaged(name, "a view has applied position \(highest), and the ledger ends before \(next)"))
        }
        if let head = recovered.heads?.newest, head.head.size > next {
            throw .damage(.damaged(name, "a head of \(head.head.size) events was signed, and \(next) are left"))
        }
        if let head = recovered.heads?.newest, head.head.size == next,
            head.head.root != recovered.progress.frontier.root(with: hashing)
        {
            throw .damage(.damaged(name, "its events have another root than the head that was signed"))
        }
    }

    // MARK: Before writing

    /// Brings the files to what was accepted, and syncs all of it: a failed sync before may have left nothing.
    ///
    /// `due` are the keys whose forget is in the ledger, and which a crash left alive.
    private func mend(
        _ recovered: inout Recovered,
        keyringSize: Int64,
        destroying due: [DueKey]
    ) throws(LedgerFault) {
        if recovered.heads == nil {
            do { try files.makeHeads() } catch { throw .disk(error) }
            try openHeads(&recovered)
        }
        do throws(DiskError) {
            if case .open(let segment) = recovered.parts.last, let lastGroup = recovered.lastGroup {
                try rewrite(segment.file, lastGroup)
            }
            // Older segments were secured before this one was begun.
            let sealed = recovered.parts.last { if case .sealed = $0 { true } else { false } }
            if case .sealed(let segment)? = sealed { try segment.secureTrailer() }
            recovered.keyring.dropUnused(above: recovered.progress.slots)
            try recovered.keyring.clearTail(size: keyringSize)
            let unsealed = recovered.numbers.keys.min() ?? recovered.progress.next
            try recovered.keyring.rewrite(
                above: recovered.progress.slots,
                forgottenFrom: unsealed,
                next: recovered.progress.next
            )
            for key in due { try recovered.keyring.destroy(key.number, forgottenAt: key.position) }
            try recovered.keyring.sync()
            // What the process before this one wrote last may be in memory only.
            try recovered.heads?.file.sync()
            try files.disk.syncFolder()
        } catch { throw .disk(error) }
    }

    /// Writes the last group again, zeroes what follows it, and syncs.
    private func rewrite(_ file: any DiskFile, _ group: Range<Int64>) throws(DiskError) {
        var bytes: [UInt8] = []
        if !group.isEmpty {
            _ = try file.read(into: &bytes, count: Int(group.upperBound - group.lowerBound), at: group.lowerBound)
            try file.write(bytes[...], at: group.lowerBound)
        }
        let size = try file.size()
        var offset = group.upperBound
        while offset < size {
            let count = Int(min(size - offset, 1 << 20))
            let got = try file.read(into: &bytes, count: count, at: offset)
            if !bytes.raw.isZero {
                try file.write([UInt8](repeating: 0, count: got)[...], at: offset)
            }
            offset += Int64(max(got, 1))
        }
        try file.sync()
    }

    /// Where the writer begins: in the open segment, or in a new one.
    func start(_ recovered: Recovered) throws(DiskError) -> LedgerWriter.Start {
        let segment: WritableSegment
        if case .open(let open)? = recovered.parts.last {
            segment = WritableSegment(part: open, end: open.end, capacity: try open.file.size())
        } else {
            let header = SegmentHeader(
                identity: recovered.identity,
                first: recovered.progress.next,
                seed: randomness.bytes(4).integer(at: 0),
                shape: .full,
                created: clock.milliseconds(),
                keysBelow: recovered.progress.keys,
                rootBelow: recovered.progress.frontier.root(with: hashing)
            )
            segment = try WritableSegment.create(header, on: files.disk, growth: options.growthBytes)
        }
        var unsealed = recovered.numbers.map { (first: $0.key, numbers: $0.value) }.sorted { $0.first < $1.first }
        if unsealed.last?.first != segment.part.first {
            unsealed.append((segment.part.first, FingerprintMap<UInt32>(filler: 0)))
        }
        guard let heads = recovered.heads else {
            preconditionFailure("heads are made when a ledger is opened to write")
        }
        return LedgerWriter.Start(
            progress: recovered.progress,
            unsealed: unsealed,
            segment: segment,
            heads: heads,
            unsealedBefore: recovered.unsealedBefore
        )
    }
}
