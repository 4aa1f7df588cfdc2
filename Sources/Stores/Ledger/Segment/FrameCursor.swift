internal import Basics
internal import FilesDriver
internal import Integrity

/// Walks the frames of a segment forward, in large reads.
struct FrameCursor {
    struct Frame {
        let kind: SegmentFormat.FrameKind
        /// Where the frame begins in the file.
        let offset: Int64
        /// Where its payload lies in `buffer`.
        let payload: Range<Int>
        /// Where the next frame begins in the file.
        var end: Int64 { offset + Int64(SegmentFormat.frameHead + payload.count) }
    }

    enum Step {
        case frame(Frame)
        /// Nothing valid stands here: zeros, the end of the file, or damage.
        case stop(at: Int64)
    }

    private let file: any DiskFile
    private let seed: UInt32
    let limit: Int64
    private let chunk: Int
    private(set) var buffer: [UInt8] = []
    private var bufferStart: Int64
    private(set) var offset: Int64
    #if DEBUG
    /// A sin for the tests of the tests: no checksum is looked at.
    var trusts = false
    #endif

    /// Frames from `offset` up to, not beyond, `limit`.
    init(file: any DiskFile, seed: UInt32, from offset: Int64, to limit: Int64, chunk: Int = 1 << 20) {
        self.file = file
        self.seed = seed
        self.offset = offset
        self.limit = limit
        self.chunk = chunk
        bufferStart = offset
    }

    mutating func next() throws(DiskError) -> Step {
        guard try fill(SegmentFormat.frameHead) else { return .stop(at: offset) }
        let start = Int(offset - bufferStart)
        let word: UInt32 = buffer.integer(at: start + 4)
        let length = Int(word & 0xFF_FFFF)
        guard let kind = SegmentFormat.FrameKind(rawValue: UInt8(word >> 24)),
            try fill(SegmentFormat.frameHead + length)
        else { return .stop(at: offset) }
        return check(kind, length: length)
    }

    private mutating func check(_ kind: SegmentFormat.FrameKind, length: Int) -> Step {
        let start = Int(offset - bufferStart)
        let payload = start + SegmentFormat.frameHead..<start + SegmentFormat.frameHead + length
        let checksum: UInt32 = buffer.integer(at: start)
        let isWhole = checksum == CRC32C.checksum(buffer.raw.extracting(start + 4..<payload.upperBound), seed: seed)
        #if DEBUG
        guard isWhole || (trusts && length > 0) else { return .stop(at: offset) }
        #else
        guard isWhole else { return .stop(at: offset) }
        #endif
        let frame = Frame(kind: kind, offset: offset, payload: payload)
        offset = frame.end
        return .frame(frame)
    }

    /// Makes sure that `count` bytes from `offset` on are in the buffer; false when the file or the limit ends before.
    private mutating func fill(_ count: Int) throws(DiskError) -> Bool {
        if offset - bufferStart + Int64(count) <= Int64(buffer.count) { return true }
        guard offset + Int64(count) <= limit else { return false }
        let wanted = Int(min(limit - offset, Int64(max(chunk, count))))
        let got = try file.read(into: &buffer, count: wanted, at: offset)
        bufferStart = offset
        return got >= count
    }
}

/// A frame under construction at the end of a buffer.
enum FrameWriter {
    /// Leaves room for the frame's head; answers where the frame begins.
    static func begin(in buffer: inout [UInt8]) -> Int {
        let start = buffer.count
        buffer.append(littleEndian: UInt64(0))
        return start
    }

    /// Fills the head in, now that the payload is there.
    static func end(_ start: Int, _ kind: SegmentFormat.FrameKind, seed: UInt32, in buffer: inout [UInt8]) {
        let length = buffer.count - start - SegmentFormat.frameHead
        precondition(length < SegmentFormat.payloadLimit, "a frame's length fits in 24 bits")
        buffer.replace(at: start + 4, littleEndian: UInt32(length) | UInt32(kind.rawValue) << 24)
        let checksum = CRC32C.checksum(buffer.raw.extracting(start + 4..<buffer.count), seed: seed)
        buffer.replace(at: start, littleEndian: checksum)
    }
}

/// What an entry's payload says, by places in it.
struct EntryLayout {
    let slot: UInt32
    let run: Range<Int>
    let canonical: Range<Int>
    let body: Range<Int>

    /// Nil when the payload is too short for what it names.
    init?(_ payload: RawSpan) {
        guard payload.byteCount >= SegmentFormat.entryHead else { return nil }
        slot = payload.integer(at: 0)
        let length = Int(payload.integer(at: 4, as: UInt16.self))
        run = 6..<12
        canonical = 12..<12 + length
        guard canonical.upperBound <= payload.byteCount else { return nil }
        body = canonical.upperBound..<payload.byteCount
        // What was forgotten before it was loaded here has a destroyed key, and no body at all.
        let bodyLeast = SegmentFormat.saltSize + (slot == 0 ? 0 : SegmentFormat.sealOverhead)
        guard body.count >= bodyLeast || (slot != 0 && body.isEmpty) else { return nil }
    }
}

/// What closes a group.
struct CommitFrame {
    let first: Int64
    let count: UInt32
    let slots: UInt32
    let synced: Int64
    let root: ContentHash

    init(first: Int64, count: UInt32, slots: UInt32, synced: Int64, root: ContentHash) {
        self.first = first
        self.count = count
        self.slots = slots
        self.synced = synced
        self.root = root
    }

    init?(_ payload: RawSpan) {
        guard payload.byteCount == SegmentFormat.commitSize,
            let root = ContentHash(payload.extracting(24..<56))
        else { return nil }
        first = payload.integer(at: 0)
        count = payload.integer(at: 8)
        slots = payload.integer(at: 12)
        synced = payload.integer(at: 16)
        self.root = root
    }

    func append(to buffer: inout [UInt8], seed: UInt32) {
        let start = FrameWriter.begin(in: &buffer)
        buffer.append(littleEndian: first)
        buffer.append(littleEndian: count)
        buffer.append(littleEndian: slots)
        buffer.append(littleEndian: synced)
        buffer.append(contentsOf: root.bytes)
        FrameWriter.end(start, .commit, seed: seed, in: &buffer)
    }
}
