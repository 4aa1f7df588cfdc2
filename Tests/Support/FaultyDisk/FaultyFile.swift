internal import Basics
internal import FilesDriver

/// An open file of a faulty disk.
final class FaultyFile: DiskFile {
    private let disk: FaultyDisk
    private let number: Int
    private let name: String
    private let mode: OpenMode
    /// How many readers came that would not wait.
    private let impatient = Lock(0)

    init(of disk: FaultyDisk, number: Int, name: String, mode: OpenMode) {
        self.disk = disk
        self.number = number
        self.name = name
        self.mode = mode
    }

    func size() throws(DiskError) -> Int64 { try disk.size(of: number, named: name) }

    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) throws(DiskError) -> Int {
        if Patience.current == .leaves, isElsewhere() {
            buffer.removeAll()
            throw DiskError(.wouldWait, operation: "read", name: name, code: 11)
        }
        buffer = try disk.read(number, named: name, count: count, at: offset)
        return buffer.count
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(DiskError) {
        try requireWritable("write")
        try disk.write(bytes, at: offset, to: number, named: name)
    }

    func truncate(to size: Int64) throws(DiskError) {
        try requireWritable("truncate")
        try disk.truncate(number, to: size, named: name)
    }

    func sync() throws(DiskError) {
        try requireWritable("sync")
        try disk.sync(number, named: name)
    }

    /// Whether what is asked for is not in memory: every tenth time.
    private func isElsewhere() -> Bool {
        impatient.withLock { count in
            count += 1
            return count % 10 == 0
        }
    }

    private func requireWritable(_ operation: String) throws(DiskError) {
        guard mode != .readOnly else { throw DiskError(.denied, operation: operation, name: name, code: 9) }
    }
}
