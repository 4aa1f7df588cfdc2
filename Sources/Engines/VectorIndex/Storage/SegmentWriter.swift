internal import Basics

/// Writes a segment as one file: its parts one after the other, each from a page's beginning; then what and where
/// they are; then where that is.
///
/// The last 32 bytes are, least significant byte first: where the description begins (8 bytes), its length (8), its
/// CRC-32C (4), the version of the format (4) and `PRIMASEG`. A file that was not finished has no such end, so that
/// it needs no flag.
struct SegmentWriter<Failure: Error> {
    private let sink: (borrowing RawSpan) throws(Failure) -> Void
    private var offset = 0
    private var parts: [(String, Value)] = []
    private var notes: [(String, Value)] = []

    init(sink: @escaping (borrowing RawSpan) throws(Failure) -> Void) { self.sink = sink }

    /// What the reader must know of a part, or of all.
    mutating func note(_ name: String, _ value: Value) { notes.append((name, value)) }

    /// A part: its name, and its bytes.
    mutating func part(_ name: String, _ bytes: borrowing RawSpan) throws(Failure) {
        try pad()
        let fields: Value = [
            "at": .integer(Int64(offset)), "bytes": .integer(Int64(bytes.byteCount)),
            "crc": .integer(Int64(Checksum.of(bytes))),
        ]
        parts.append((name, fields))
        try sink(bytes)
        offset += bytes.byteCount
    }

    /// A part that is the beginning of a block.
    mutating func part(_ name: String, _ block: Block, byteCount: Int) throws(Failure) {
        try part(name, block.raw.extracting(0..<byteCount))
    }

    /// A part that is a set of rows.
    mutating func part(_ name: String, _ set: Bitmap) throws(Failure) {
        let words = set.words
        try part(name, words.raw)
    }

    /// The description of all, and the end.
    mutating func finish() throws(Failure) {
        try pad()
        var writer = CBORWriter()
        writer.value(["parts": .map(Fields(unique: parts)), "segment": .map(Fields(unique: notes))])
        var end: [UInt8] = writer.bytes
        let length = end.count
        let checksum = Checksum.of(end.raw)
        end.append(littleEndian: UInt64(offset))
        end.append(littleEndian: UInt64(length))
        end.append(littleEndian: checksum)
        end.append(littleEndian: UInt32(SegmentFormat.version))
        end.append(contentsOf: SegmentFormat.magic)
        try sink(end.raw)
    }

    private mutating func pad() throws(Failure) {
        let missing = (SegmentFormat.page - offset % SegmentFormat.page) % SegmentFormat.page
        guard missing > 0 else { return }
        let filling = [UInt8](repeating: 0, count: missing)
        try sink(filling.raw)
        offset += missing
    }
}

enum SegmentFormat {
    static let page = 4096
    static let version = 2
    static let magic = Array("PRIMASEG".utf8)
    static let endBytes = 32
}
