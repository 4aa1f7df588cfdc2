internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

extension LedgerWriter {
    /// Makes sure that a batch fits: in the keyring, in this segment or a new one.
    ///
    /// A full disk is met here, before anything is staged. What has to be written for it waits for the group that is
    /// on its way: the end of a sync must not be told to two who wait.
    func makeRoom(bytes: Int, events: Int) throws(DiskError) {
        try makeRoomForKeys(events)
        let isFull = segment.end + Int64(encoder.buffer.count + bytes) > options.segmentBytes
        if isFull, segment.end > Int64(SegmentFormat.headerSize) || !staging.staged.isEmpty {
            settle()
            guard shared.failure == nil else { throw DiskError(.other, operation: "write", name: segment.part.name) }
            if staging.unsealed.count == 1 {
                try roll()
            } else if sealer == nil, let before = unsealedBefore {
                seal(before.segment, before.progress)
            }
        }
        let needed = segment.end + Int64(encoder.buffer.count + bytes)
        guard needed <= Self.offsetLimit else {
            throw DiskError(.full, operation: "begin a segment after", name: segment.part.name)
        }
        guard needed > committer.capacity else { return }
        settle()
        guard needed > committer.capacity else { return }
        try committer.extend(segment.file, to: needed)
    }

    private func makeRoomForKeys(_ more: Int) throws(DiskError) {
        guard shared.keyring.withLock({ !$0.hasRoom(for: more) }) else { return }
        settle()
        let reserved = shared.keyring.withLock { keyring -> Result<Void, DiskError> in
            do throws(DiskError) { return .success(try keyring.reserve(more)) } catch { return .failure(error) }
        }
        try reserved.get()
    }

    /// Offsets in a segment have 32 bits.
    private static var offsetLimit: Int64 { Int64(UInt32.max) }

    /// Begins a new segment; the old one is sealed in the background.
    private func roll() throws(DiskError) {
        let progress = staging.progress
        let header = SegmentHeader(
            identity: shared.identity,
            first: progress.next,
            seed: randomness.bytes(4).integer(at: 0),
            shape: .full,
            created: clock.milliseconds(),
            keysBelow: progress.keys,
            rootBelow: progress.frontier.root(with: encoder.hashing)
        )
        let next = try WritableSegment.create(header, on: shared.disk, growth: options.growthBytes)
        let old = segment.part
        shared.change { $0.append(.open(next.part)) }
        segment = next
        committer.begin(next)
        // The next segment will hold about as many numbers: no growing while events wait.
        let expected = staging.unsealed.last?.numbers.count ?? 0
        staging.unsealed.append((header.first, FingerprintMap<UInt32>(filler: 0, expecting: expected)))
        seal(old, progress)
    }

    /// Starts the sealing of a segment that takes no more events; `progress` is the state at its end.
    func seal(_ old: OpenSegment, _ progress: LedgerProgress) {
        sealer?.join()
        unsealedBefore = (old, progress)
        let requests = requests
        let forgetType = shared.fingerprints(.type, LedgerForget.typeText)
        sealer = Thread.start(name: "prima-sealer") {
            let sealer = SegmentSealer(
                header: old.header,
                state: old.snapshot(),
                numbered: progress.numbered.pairs,
                bound: progress.bound.pairs,
                peaks: progress.frontier.peaks,
                forgetType: forgetType
            )
            let sealed = try? sealer.seal(old.file, name: old.name)
            requests.append(.sealed(first: old.first, sealed))
        }
    }

    /// Takes the sealed segment in the place of the one in memory; one that could not be sealed stays, and is tried
    /// again when the next segment is due.
    func finishSealing(first: Int64, _ sealed: SealedSegment?) {
        sealer?.join()
        sealer = nil
        guard let index = staging.unsealed.firstIndex(where: { $0.first == first }), index + 1 < staging.unsealed.count
        else { return }
        guard let sealed else { return }
        unsealedBefore = nil
        staging.unsealed.remove(at: index)
        shared.change { parts in
            guard let part = parts.firstIndex(where: { $0.first == first }) else { return }
            parts[part] = .sealed(sealed)
        }
    }
}

extension SegmentSealer {
    /// Writes the footer after the frames, cuts the file there, and opens it as what it is now.
    ///
    /// The trailer follows when all before it is synced: where it stands, the sections do.
    func seal(_ file: any DiskFile, name: String) throws(LedgerFault) -> SealedSegment? {
        let footer = footer()
        let sections = footer.count - SegmentFormat.trailerSize
        do throws(DiskError) {
            try file.write(footer[..<sections], at: state.end)
            try file.truncate(to: state.end + Int64(footer.count))
            try file.sync()
            try file.write(footer[sections...], at: state.end + Int64(sections))
            try file.sync()
        } catch { throw .disk(error) }
        return try SealedSegment(file: file, name: name, keepingFilter: true)
    }
}
