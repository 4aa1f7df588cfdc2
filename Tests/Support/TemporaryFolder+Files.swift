import FilesDriver

extension TemporaryFolder {
    /// The bytes of every file in the folder, whoever has it open.
    package func files() throws -> [[UInt8]] {
        try PosixDisk(path: path).names().map { try bytes(of: $0) }
    }

    package func bytes(of name: String) throws -> [UInt8] {
        let file = try PosixDisk(path: path).open(name, .readOnly)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: Int(try file.size()), at: 0)
        return bytes
    }

    /// Makes a file of these bytes.
    package func write(_ bytes: [UInt8], to name: String) throws {
        try PosixDisk(path: path).open(name, .create).write(bytes[...], at: 0)
    }

    /// Whether any file holds these bytes.
    package func contains(_ needle: [UInt8]) throws -> Bool { try files().contains { $0.containsBytes(needle) } }
}

extension [UInt8] {
    /// Whether `needle` is somewhere in these bytes.
    package func containsBytes(_ needle: [UInt8]) -> Bool {
        guard let first = needle.first, count >= needle.count else { return needle.isEmpty }
        var start = startIndex
        while let found = self[start...(count - needle.count)].firstIndex(of: first) {
            if self[found..<(found + needle.count)].elementsEqual(needle) { return true }
            start = found + 1
            if start > count - needle.count { return false }
        }
        return false
    }
}
