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
        numbers = Self.sorted(numbers)
        collect(state, forgetType)
        let blocks = SegmentFilter.blockCount(for: numbers.count + directory.count)
        filter = [UInt64](repeating: 0, count: blocks * 8)
        for number in numbers { SegmentFilter.add(number.fingerprint, to: &filter) }
        for entry in directory { SegmentFilter.add(entry.fingerprint, to: &filter) }
    }

    /// In the order of fingerprints, then of places, as which they come.
    ///
    /// Fingerprints are spread evenly: dealt into buckets by their high bits, few lie in each.
    private static func sorted(_ numbers: [Number]) -> [Number] {
        var bits = 0
        while numbers.count >> bits > 16 { bits += 1 }
        guard bits > 0 else { return numbers.sorted { ($0.fingerprint, $0.place) < ($1.fingerprint, $1.place) } }
        let shift = UInt64(64 - bits)
        var starts = [Int](repeating: 0, count: 1 << bits + 1)
        for number in numbers { starts[Int(number.fingerprint >> shift) + 1] += 1 }
        for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
        var next = starts
        var dealt = numbers
        for number in numbers {
            let bucket = Int(number.fingerprint >> shift)
            dealt[next[bucket]] = number
            next[bucket] += 1
        }
        for bucket in 0..<starts.count - 1 { insertionSort(&dealt, starts[bucket]..<starts[bucket + 1]) }
        return dealt
    }

    /// Keeps the order of equal fingerprints.
    private static func insertionSort(_ numbers: inout [Number], _ range: Range<Int>) {
        for index in range.dropFirst() {
            let number = numbers[index]
            var place = index
            while place > range.lowerBound, numbers[place - 1].fingerprint > number.fingerprint {
                numbers[place] = numbers[place - 1]
                place -= 1
            }
            numbers[place] = number
        }
    }

    /// Counts what each fingerprint has, gives each its stretch of the postings, then fills them in order.
    private mutating func collect(_ state: OpenSegment.State, _ forgetType: UInt64?) {
        var ids = FingerprintMap<UInt32>(filler: 0)
        var counted: [Entry] = []
        // The entry of each posting to come, in order, so that the second walk looks nothing up.
        var walk: [UInt32] = []
        walk.reserveCapacity(state.count * 4)
        func count(_ fingerprint: UInt64) {
            guard fingerprint != 0 else { return }
            if let id = ids[fingerprint] {
                counted[Int(id)].count += 1
                walk.append(id)
            } else {
                let id = UInt32(counted.count)
                ids.add(fingerprint, id)
                counted.append(Entry(fingerprint: fingerprint, count: 1))
                walk.append(id)
            }
        }
        state.forEachRow { _, row in row.forEachIndexed(forgetType, count) }
        let order = counted.indices.sorted { counted[$0].fingerprint < counted[$1].fingerprint }
        var next = [UInt32](repeating: 0, count: counted.count)
        var start: UInt32 = 0
        for id in order {
            next[id] = start
            start += counted[id].count
        }
        postings = [UInt32](repeating: 0, count: walk.count)
        var step = 0
        state.forEachRow { place, row in
            row.forEachIndexed(forgetType) { fingerprint in
                guard fingerprint != 0 else { return }
                let id = Int(walk[step])
                step += 1
                postings[Int(next[id])] = UInt32(place)
                next[id] += 1
            }
        }
        directory = order.map { counted[$0] }
    }
}

extension SegmentRow {
    /// The fingerprints that go into the directory: all, or in a kept segment those of forgets alone.
    fileprivate func forEachIndexed(_ forgetType: UInt64?, _ body: (UInt64) -> Void) {
        guard let forgetType else {
            body(agent)
            body(subject)
            body(type)
            body(room)
            return
        }
        guard type == forgetType else { return }
        body(subject)
        body(type)
    }
}
