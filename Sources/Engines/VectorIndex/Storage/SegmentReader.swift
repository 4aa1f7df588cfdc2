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
        let end: (described: Range<Int>, checksum: UInt32)? = file.withBytes { Self.end($0) }
        guard let end else { throw .unfinished }
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

    private static func end(_ bytes: borrowing RawSpan) -> (described: Range<Int>, checksum: UInt32)? {
        let start = bytes.byteCount - SegmentFormat.endBytes
        guard start >= 0, bytes.extracting(start + 24..<start + 32).copy == SegmentFormat.magic else { return nil }
        let at = bytes.integer(at: start, as: UInt64.self)
        let length = bytes.integer(at: start + 8, as: UInt64.self)
        guard at <= UInt64(start), length == UInt64(start) - at,
            bytes.integer(at: start + 20, as: UInt32.self) == UInt32(SegmentFormat.version)
        else { return nil }
        return (Int(at)..<start, bytes.integer(at: start + 16, as: UInt32.self))
    }

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

    /// A part as a copy.
    func bytes(_ name: String) throws(SegmentFault) -> [UInt8] {
        guard let part = parts[name] else { throw .contradictory(name) }
        return file.withBytes { $0.extracting(part.range).copy }
    }
}

extension Fields {
    /// A number that counts something; nil when it is missing or does not.
    func count(_ key: String) -> Int? {
        guard case .integer(let number)? = self[key], number >= 0 else { return nil }
        return Int(number)
    }
}
