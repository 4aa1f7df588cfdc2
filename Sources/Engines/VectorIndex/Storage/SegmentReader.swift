internal import Basics

/// Reads a segment's file: finds its parts, and gives them out as memory that stays where it is.
struct SegmentReader {
    private let file: any MappedBytes
    private let parts: [String: Part]
    let description: Fields

    private struct Part {
        let range: Range<Int>
        let checksum: UInt32
    }

    init(_ file: any MappedBytes) throws(SegmentFault) {
        self.file = file
        guard let end = file.withBytes({ Self.end($0) }) else { throw .unfinished }
        guard end.version == SegmentFormat.version else { throw .unknownVersion(end.version) }
        let read: Result<Value, SegmentFault> = file.withBytes { bytes in
            let described = bytes.extracting(end.described)
            guard Checksum.of(described) == end.checksum else { return .failure(.damaged(part: "description")) }
            var reader = CBORReader(described)
            guard let value = try? reader.value() else { return .failure(.contradictory("description")) }
            return .success(value)
        }
        guard case .map(let fields) = try read.get(), case .map(let listed)? = fields["parts"],
            case .map(let description)? = fields["segment"]
        else { throw .contradictory("description") }
        self.description = description
        var parts: [String: Part] = [:]
        for (name, value) in listed {
            guard case .map(let part) = value, let at = part.count("at"), let bytes = part.count("bytes"),
                let crc = part.count("crc"), at <= end.described.lowerBound, bytes <= end.described.lowerBound - at
            else { throw .contradictory(name) }
            parts[name] = Part(range: at..<at + bytes, checksum: UInt32(truncatingIfNeeded: crc))
        }
        self.parts = parts
    }

    private struct End {
        let described: Range<Int>
        let checksum: UInt32
        let version: Int
    }

    private static func end(_ bytes: borrowing RawSpan) -> End? {
        let start = bytes.byteCount - SegmentFormat.endBytes
        guard start >= 0, bytes.extracting(start + 24..<start + 32).copy == SegmentFormat.magic else { return nil }
        let at = bytes.integer(at: start, as: UInt64.self)
        let length = bytes.integer(at: start + 8, as: UInt64.self)
        guard at <= UInt64(start), length == UInt64(start) - at else { return nil }
        return End(
            described: Int(at)..<start,
            checksum: bytes.integer(at: start + 16, as: UInt32.self),
            version: Int(bytes.integer(at: start + 20, as: UInt32.self))
        )
    }

    /// What tells this file from any other: the checksum of what describes it, with the checksums of its parts.
    var checksum: UInt32 { file.withBytes { Self.end($0)?.checksum ?? 0 } }

    /// Holds every part against its checksum: reads the whole file.
    func verify() throws(SegmentFault) {
        for (name, part) in parts.sorted(by: { $0.value.range.lowerBound < $1.value.range.lowerBound }) {
            let checksum = file.withBytes { Checksum.of($0.extracting(part.range)) }
            guard checksum == part.checksum else { throw .damaged(part: name) }
        }
    }

    /// A part of at least `byteCount` bytes, in place.
    func block(_ name: String, atLeast byteCount: Int) throws(SegmentFault) -> Block {
        guard let part = parts[name], part.range.count >= byteCount else { throw .contradictory(name) }
        return Block(mapped: file, part.range)
    }

    func has(_ name: String) -> Bool { parts[name] != nil }

    /// A set of rows, as a copy.
    func bitmap(_ name: String, bound: Int) throws(SegmentFault) -> Bitmap {
        Packed<UInt64>(try block(name, atLeast: (bound + 63) / 64 * 8)).bitmap(bound: bound)
    }
}

extension Fields {
    /// A number that counts something; nil when it is missing or does not.
    func count(_ key: String) -> Int? {
        guard case .integer(let number)? = self[key], number >= 0 else { return nil }
        return Int(number)
    }
}
