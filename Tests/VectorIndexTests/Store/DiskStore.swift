import Basics
import FilesDriver
import VectorIndex

/// The files of a disk, which may be a faulty one.
final class DiskStore: ByteStore {
    private let disk: any Disk

    init(_ disk: any Disk) { self.disk = disk }

    private static func run<Result>(_ body: () throws(DiskError) -> Result) throws(ByteStoreFault) -> Result {
        do { return try body() } catch {
            throw ByteStoreFault(error.kind == .notFound ? .notFound : .other, "\(error)")
        }
    }

    func names() throws(ByteStoreFault) -> [String] {
        try Self.run { () throws(DiskError) in try disk.names() }
    }

    func open(_ name: String) throws(ByteStoreFault) -> any MappedBytes {
        try Self.run { () throws(DiskError) in
            let file = try disk.open(name, .existing)
            var bytes: [UInt8] = []
            _ = try file.read(into: &bytes, count: Int(try file.size()), at: 0)
            return WrittenFile(bytes: bytes)
        }
    }

    func create(_ name: String) throws(ByteStoreFault) -> any ByteSink {
        try Self.run { () throws(DiskError) in Sink(try disk.open(name, .create)) }
    }

    func rename(_ name: String, to newName: String) throws(ByteStoreFault) {
        try Self.run { () throws(DiskError) in try disk.rename(name, to: newName) }
    }

    func remove(_ name: String) throws(ByteStoreFault) {
        try Self.run { () throws(DiskError) in try disk.remove(name) }
    }

    func sync() throws(ByteStoreFault) { try Self.run { () throws(DiskError) in try disk.syncFolder() } }

    private final class Sink: ByteSink {
        private let file: any DiskFile
        private let end = Lock(Int64(0))

        init(_ file: any DiskFile) { self.file = file }

        func append(_ bytes: borrowing RawSpan) throws(ByteStoreFault) {
            let copy = bytes.copy
            try DiskStore.run { () throws(DiskError) in
                let start = end.withLock { end in
                    defer { end += Int64(copy.count) }
                    return end
                }
                try file.write(copy[...], at: start)
            }
        }

        func sync() throws(ByteStoreFault) { try DiskStore.run { () throws(DiskError) in try file.sync() } }
    }
}
