internal import Basics
internal import FilesDriver
internal import VectorIndex

/// The files of a collection in a folder of the data folder.
struct FolderStore: ByteStore {
    /// The folder of all collections.
    static let parent = "vectors"

    private let disk: PosixDisk

    enum Missing { case create, fail }

    init(_ name: String, in data: String, _ missing: Missing) throws(CommandFailure) {
        guard !name.isEmpty, name.utf8.count <= 100, !name.utf8.contains(UInt8(ascii: "/")), !name.hasPrefix(".") else {
            throw CommandFailure(.wrongUsage, "a collection's name is a word without a slash, not beginning with a dot")
        }
        let path = "\(data)/\(Self.parent)/\(name)"
        do {
            disk = try PosixDisk(path: path, missing == .create ? .createIfMissing : .mustExist)
        } catch {
            let code: ExitCode = error.kind == .notFound ? .badData : .unusableFolder
            throw CommandFailure(code, "\(error)")
        }
    }

    func names() throws(ByteStoreFault) -> [String] {
        try Self.run { () throws(DiskError) in try disk.names() }
    }

    func open(_ name: String) throws(ByteStoreFault) -> any MappedBytes {
        try Self.run { () throws(DiskError) in try MappedFile(path: disk.path + "/" + name) }
    }

    func create(_ name: String) throws(ByteStoreFault) -> any ByteSink {
        try Self.run { () throws(DiskError) in FileSink(try disk.open(name, .create)) }
    }

    func rename(_ name: String, to newName: String) throws(ByteStoreFault) {
        try Self.run { () throws(DiskError) in try disk.rename(name, to: newName) }
    }

    func remove(_ name: String) throws(ByteStoreFault) {
        try Self.run { () throws(DiskError) in try disk.remove(name) }
    }

    func sync() throws(ByteStoreFault) { try Self.run { () throws(DiskError) in try disk.syncFolder() } }

    fileprivate static func run<Result>(_ body: () throws(DiskError) -> Result) throws(ByteStoreFault) -> Result {
        do { return try body() } catch {
            let kind: ByteStoreFault.Kind =
                switch error.kind {
                case .notFound: .notFound
                case .full: .full
                default: .other
                }
            throw ByteStoreFault(kind, "\(error)")
        }
    }
}

/// A file that is written from its beginning on, by one thread at a time.
private final class FileSink: ByteSink {
    private let file: any DiskFile
    private let end = Lock(Int64(0))

    init(_ file: any DiskFile) { self.file = file }

    func append(_ bytes: borrowing RawSpan) throws(ByteStoreFault) {
        // In pieces: a part of a segment may be larger than what one wants to copy.
        for from in stride(from: 0, to: bytes.byteCount, by: 1 << 22) {
            let piece = bytes.extracting(from..<Swift.min(from + 1 << 22, bytes.byteCount)).copy
            let start = end.withLock { end in
                defer { end += Int64(piece.count) }
                return end
            }
            try FolderStore.run { () throws(DiskError) in try file.write(piece[...], at: start) }
        }
    }

    func sync() throws(ByteStoreFault) { try FolderStore.run { () throws(DiskError) in try file.sync() } }
}
