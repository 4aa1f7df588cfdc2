internal import Basics
internal import FilesDriver
internal import Integrity

/// A segment that is not sealed: its index lives in memory.
///
/// The writer adds a group after it was synced, so readers see durable events only. Rows are kept in chunks: a full
/// chunk never changes, so a reader takes references to the full ones and copies the last one.
final class OpenSegment: Sendable {
    static let chunkSize = 2048

    let file: any DiskFile
    let name: String
    let header: SegmentHeader

    private let state: Lock<State>

    struct State: Sendable {
        /// Where the frames end.
        var end = Int64(SegmentFormat.headerSize)
        var fullChunks: [RowChunk] = []
        var rows: [SegmentRow] = []
        var leaves: [ContentHash] = []
        /// Hashes of complete subtrees of level 4 and above, each with its level's first index.
        var levels: [[ContentHash]] = []
        var firstReceived: Int64 = 0
        var lastReceived: Int64 = 0
        var lastCounter: Int64 = 0
        var slots: UInt32 = 0
        var keys: Int64 = 0

        var count: Int { leaves.count }
    }

    /// Rows that never change any more.
    final class RowChunk: Sendable {
        let rows: [SegmentRow]
        init(_ rows: [SegmentRow]) { self.rows = rows }
    }

    /// What the writer adds in one step.
    struct Group: Sendable {
        var rows: [SegmentRow] = []
        var leaves: [ContentHash] = []
        var nodes: [(level: Int, hash: ContentHash)] = []
        /// The events themselves, for who follows closely; none when they were restored.
        var entries: [RecentEvents.Entry] = []
        var end: Int64 = 0
        var firstReceived: Int64 = 0
        var lastReceived: Int64 = 0
        var lastCounter: Int64 = 0
        var slots: UInt32 = 0
        var keys: Int64 = 0
    }

    init(file: any DiskFile, name: String, header: SegmentHeader) {
        self.file = file
        self.name = name
        self.header = header
        state = Lock(State())
    }

    func add(_ group: Group) {
        state.withLock { state in
            if state.leaves.isEmpty { state.firstReceived = group.firstReceived }
            for row in group.rows {
                state.rows.append(row)
                if state.rows.count == Self.chunkSize {
                    state.fullChunks.append(RowChunk(state.rows))
                    state.rows = []
                    state.rows.reserveCapacity(Self.chunkSize)
                }
            }
            state.leaves.append(contentsOf: group.leaves)
            for node in group.nodes where node.level >= SegmentFormat.lowestLevel {
                let place = node.level - SegmentFormat.lowestLevel
                while state.levels.count <= place { state.levels.append([]) }
                state.levels[place].append(node.hash)
            }
            state.end = group.end
            state.lastReceived = group.lastReceived
            state.lastCounter = group.lastCounter
            state.slots = group.slots
            state.keys += group.keys
        }
    }

    var first: Int64 { header.first }
    var count: Int { state.withLock { $0.count } }
    var end: Int64 { state.withLock { $0.end } }
    var received: (first: Int64, last: Int64) { state.withLock { ($0.firstReceived, $0.lastReceived) } }

    /// Where the frames of the events at `places` begin, and where the one after them does.
    func extent(of places: Range<Int>) -> Range<Int64> {
        state.withLock { state in
            let from = Int64(state.offset(places.lowerBound))
            let to = places.upperBound < state.count ? Int64(state.offset(places.upperBound)) : state.end
            return from..<to
        }
    }

    func leaf(_ place: Int) -> ContentHash { state.withLock { $0.leaves[place] } }

    /// The hash of a complete subtree of level 4 or above whose last leaf is here.
    func node(level: Int, index: Int64) -> ContentHash {
        state.withLock { state in
            state.levels[level - SegmentFormat.lowestLevel][Int(index - (header.first >> Int64(level)))]
        }
    }

    /// All rows of a moment: full chunks by reference, the last one as a copy.
    func rows() -> (chunks: [RowChunk], last: [SegmentRow]) {
        state.withLock { ($0.fullChunks, Array($0.rows)) }
    }

    /// Everything, when nothing is added any more: what the sealer works on.
    func snapshot() -> State { state.withLock { $0 } }
}

extension OpenSegment.State {
    func offset(_ place: Int) -> UInt32 { row(place).offset }

    func row(_ place: Int) -> SegmentRow {
        let chunk = place / OpenSegment.chunkSize
        let index = place % OpenSegment.chunkSize
        return chunk < fullChunks.count ? fullChunks[chunk].rows[index] : rows[index]
    }

    /// Calls back for every row, in order.
    func forEachRow(_ body: (Int, SegmentRow) -> Void) {
        var place = 0
        for chunk in fullChunks {
            for row in chunk.rows {
                body(place, row)
                place += 1
            }
        }
        for row in rows {
            body(place, row)
            place += 1
        }
    }
}
