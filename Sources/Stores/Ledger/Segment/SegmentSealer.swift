internal import Basics
internal import FilesDriver
internal import Integrity

/// Builds the sections and the trailer of a segment that takes no more events.
struct SegmentSealer {
    let header: SegmentHeader
    let state: OpenSegment.State
    /// For every agent of the ledger that used a number: its highest.
    let numbered: [(key: UInt64, value: Int64)]
    /// For every agent with a bound key: the position that bound it.
    let bound: [(key: UInt64, value: Int64)]
    let peaks: [ContentHash]
    let forgetType: UInt64

    /// The bytes that follow the frames, from `dataEnd` on, trailer included.
    func footer() -> [UInt8] {
        var trailer = SegmentTrailer(
            header: header,
            count: Int64(state.count),
            dataEnd: state.end,
            received: (state.firstReceived, state.lastReceived, state.lastCounter),
            keysThrough: header.keysBelow + state.keys,
            slots: state.slots
        )
        var bytes: [UInt8] = []
        let lookups = Lookups(state: state, onlyForgets: header.shape == .kept ? forgetType : nil)
        for section in SegmentFormat.Section.allCases {
            var writer = SectionWriter(section, seed: header.seed, expecting: state.count)
            fill(&writer, section, lookups)
            let finished = writer.finished()
            trailer.places[section.rawValue] = SegmentTrailer.Place(
                offset: state.end + Int64(bytes.count),
                count: finished.count
            )
            bytes.append(contentsOf: finished.bytes)
        }
        bytes.append(contentsOf: trailer.encoded())
        return bytes
    }

    private func fill(_ writer: inout SectionWriter, _ section: SegmentFormat.Section, _ lookups: Lookups) {
        switch section {
        case .offsets:
            for chunk in state.fullChunks { for row in chunk.rows { writer.add(row.offset) } }
            for row in state.rows { writer.add(row.offset) }
        case .tree: for level in state.levels { for hash in level { writer.add(hash) } }
        case .numbers: for entry in lookups.numbers { writer.add(entry.fingerprint, entry.place) }
        case .directory:
            var start: UInt32 = 0
            for entry in lookups.directory {
                writer.add(entry.fingerprint, UInt64(start) | UInt64(entry.count) << 32)
                start += entry.count
            }
        case .postings: for place in lookups.postings { writer.add(place) }
        case .filter:
            for block in stride(from: 0, to: lookups.filter.count, by: 8) {
                writer.add(Array(lookups.filter[block..<block + 8]))
            }
        case .numbered: for entry in numbered.sorted(by: { $0.key < $1.key }) { writer.add(entry) }
        case .bound: for entry in bound.sorted(by: { ($0.key, $0.value) < ($1.key, $1.value) }) { writer.add(entry) }
        case .peaks: for peak in peaks { writer.add(peak) }
        }
    }
}

extension SectionWriter {
    fileprivate mutating func add(_ entry: (key: UInt64, value: Int64)) {
        add(entry.key, UInt64(bitPattern: entry.value))
    }
}

/// What sections 2 to 5 say, in order.
private struct Lookups {
    struct Number {
        let fingerprint: UInt64
        let place: UInt32
    }

    struct Entry {
        let fingerprint: UInt64
        var count: UInt32
    }

    private(set) var numbers: [Number] = []
    private(set) var directory: [Entry] = []
    private(set) var postings: [UInt32] = []
    private(set) var filter: [UInt64] = []

    init(state: OpenSegment.State, onlyForgets forgetType: UInt64?) {
        state.forEachRow { place, row in
            if row.number != 0 { numbers.append(Number(fingerprint: row.number, place: UInt32(place))) }
            if row.key != 0 { numbers.append(Number(fingerprint: row.key, place: UInt32(place))) }
        }
        numbers.sort { ($0.fingerprint, $0.place) < ($1.fingerprint, $1.place) }
        collect(state, forgetType)
        let blocks = SegmentFilter.blockCount(for: numbers.count + directory.count)
        filter = [UInt64](repeating: 0, count: blocks * 8)
        for number in numbers { SegmentFilter.add(number.fingerprint, to: &filter) }
        for entry in directory { SegmentFilter.add(entry.fingerprint, to: &filter) }
    }

    /// Counts what each fingerprint has, gives each its stretch of the postings, then fills them in order.
    private mutating func collect(_ state: OpenSegment.State, _ forgetType: UInt64?) {
        var ids = FingerprintMap<UInt32>(filler: 0)
        var counted: [Entry] = []
        var places = 0
        func count(_ fingerprint: UInt64) {
            guard fingerprint != 0 else { return }
            places += 1
            if let id = ids[fingerprint] {
                counted[Int(id)].count += 1
            } else {
                ids.add(fingerprint, UInt32(counted.count))
                counted.append(Entry(fingerprint: fingerprint, count: 1))
            }
        }
        state.forEachRow { _, row in for fingerprint in row.indexed(forgetType) { count(fingerprint) } }
        let order = counted.indices.sorted { counted[$0].fingerprint < counted[$1].fingerprint }
        var next = [UInt32](repeating: 0, count: counted.count)
        var start: UInt32 = 0
        for id in order {
            next[id] = start
            start += counted[id].count
        }
        postings = [UInt32](repeating: 0, count: places)
        state.forEachRow { place, row in
            for fingerprint in row.indexed(forgetType) where fingerprint != 0 {
                guard let id = ids[fingerprint] else { preconditionFailure("every fingerprint was counted") }
                postings[Int(next[Int(id)])] = UInt32(place)
                next[Int(id)] += 1
            }
        }
        directory = order.map { counted[$0] }
    }
}

extension SegmentRow {
    /// The fingerprints that go into the directory: all, or in a kept segment those of forgets alone.
    fileprivate func indexed(_ forgetType: UInt64?) -> [UInt64] {
        guard let forgetType else { return [agent, subject, type, room] }
        return type == forgetType ? [subject, type] : []
    }
}
