internal import Basics

/// A small file that is whole or not at all: what it is, its version, a checksum, and a document.
enum SealedFile {
    static let headBytes = 16

    static func bytes(_ magic: StaticString, version: Int, _ document: Value) -> [UInt8] {
        var writer = CBORWriter()
        writer.value(document)
        var bytes: [UInt8] = []
        bytes.append(magic)
        bytes.append(littleEndian: UInt32(version))
        bytes.append(littleEndian: Checksum.of(writer.bytes.raw))
        return bytes + writer.bytes
    }

    static func document(
        _ magic: StaticString,
        version: Int,
        in bytes: borrowing RawSpan,
        named name: String
    ) throws(StoreFault) -> Value {
        var expected: [UInt8] = []
        expected.append(magic)
        guard bytes.byteCount > headBytes, bytes.extracting(0..<8).copy == expected else { throw .damaged(name: name) }
        let found = Int(bytes.integer(at: 8, as: UInt32.self))
        guard found == version else { throw .unknownVersion(name: name, found) }
        let body = bytes.extracting(headBytes..<bytes.byteCount)
        guard Checksum.of(body) == bytes.integer(at: 12, as: UInt32.self) else { throw .damaged(name: name) }
        var reader = CBORReader(body)
        guard let value = try? reader.value() else { throw .damaged(name: name) }
        return value
    }
}
