internal import Basics

/// The one file that says what a collection consists of, and at which position.
///
/// It is written beside and renamed, so that the collection is the one before or the one after, never between.
struct Manifest: Sendable {
    static let name = "manifest"
    static let newName = "manifest.new"
    private static let magic: StaticString = "PRIMAVMF"
    private static let version = 1

    /// Every change up to here is in the segments.
    var position: UInt64
    /// What the next segment's file is called.
    var next: Int
    let shape: CollectionShape
    var segments: [Entry]

    struct Entry: Sendable {
        let file: String
        let count: Int
        /// Tells the file from any other.
        let checksum: UInt32
        /// The rows that are no more.
        let dead: Bitmap
    }

    static func segmentName(_ number: Int) -> String { "segment-\(number)" }

    func bytes() -> [UInt8] {
        let entries = segments.map { entry -> Value in
            [
                "file": .text(entry.file), "count": .integer(Int64(entry.count)),
                "checksum": .integer(Int64(entry.checksum)), "dead": .bytes(Self.bytes(entry.dead)),
            ]
        }
        var place: [UInt8] = []
        place.append(littleEndian: position)
        return SealedFile.bytes(
            Self.magic,
            version: Self.version,
            [
                "position": .bytes(place), "next": .integer(Int64(next)), "shape": shape.document,
                "segments": .array(entries),
            ]
        )
    }

    init(position: UInt64, next: Int, shape: CollectionShape, segments: [Entry]) {
        (self.position, self.next, self.shape, self.segments) = (position, next, shape, segments)
    }

    init(_ file: any MappedBytes) throws(StoreFault) {
        let read = file.withBytes { bytes in
            Result { () throws(StoreFault) in
                try SealedFile.document(Self.magic, version: Self.version, in: bytes, named: Self.name)
            }
        }
        guard case .map(let fields) = try read.get(), case .bytes(let place)? = fields["position"], place.count == 8,
            let next = fields.count("next"), let shape = fields["shape"].flatMap(CollectionShape.init(document:)),
            case .array(let listed)? = fields["segments"]
        else { throw .damaged(name: Self.name) }
        self.init(position: place.integer(at: 0), next: next, shape: shape, segments: [])
        for case .map(let entry) in listed {
            guard case .text(let file)? = entry["file"], let count = entry.count("count"),
                let checksum = entry.count("checksum"), case .bytes(let dead)? = entry["dead"],
                let set = Self.set(dead, bound: count)
            else { throw .damaged(name: Self.name) }
            segments.append(
                Entry(file: file, count: count, checksum: UInt32(truncatingIfNeeded: checksum), dead: set)
            )
        }
    }

    /// Row numbers when they are few, or a bit for each row: whichever is shorter.
    private static func bytes(_ set: Bitmap) -> [UInt8] {
        let numbers = set.numbers
        var bytes: [UInt8] = [numbers.count * 4 < set.words.count * 8 ? 0 : 1]
        if bytes[0] == 0 {
            for number in numbers { bytes.append(littleEndian: UInt32(number)) }
        } else {
            for word in set.words { bytes.append(littleEndian: word) }
        }
        return bytes
    }

    private static func set(_ bytes: [UInt8], bound: Int) -> Bitmap? {
        guard let kind = bytes.first, kind <= 1 else { return nil }
        guard kind == 0 else {
            let words = (bound + 63) / 64
            guard bytes.count == 1 + words * 8 else { return nil }
            return Bitmap(words: (0..<words).map { bytes.integer(at: 1 + $0 * 8) }, bound: bound)
        }
        var set = Bitmap(bound: bound)
        for place in 0..<(bytes.count - 1) / 4 {
            set.insert(checked: Int(bytes.integer(at: 1 + place * 4, as: UInt32.self)))
        }
        return set
    }
}
