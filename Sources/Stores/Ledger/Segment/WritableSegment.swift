internal import Basics
internal import FilesDriver
internal import Model

/// The segment that takes new events: where the next frame goes, and how far the zeros reach.
struct WritableSegment: Sendable {
    let part: OpenSegment
    /// Behind all frames, those that are on their way to the disk too.
    var end: Int64
    /// How far the file reached when the segment was taken up; there are zeros after `end`.
    let capacity: Int64

    var file: any DiskFile { part.file }

    /// So many zeros a new segment begins with, at most.
    private static let firstZeros: Int64 = 1 << 20

    /// Begins a segment: whole or not at all, with its first stretch of zeros.
    static func create(_ header: SegmentHeader, on disk: any Disk, growth: Int64) throws(DiskError) -> WritableSegment {
        let name = SegmentFormat.name(first: header.first)
        let unfinished = name + LedgerFiles.unfinished
        if try disk.names().contains(unfinished) { try disk.remove(unfinished) }
        let file = try disk.open(unfinished, .create)
        try file.write(header.encoded()[...], at: 0)
        let start = Int64(SegmentFormat.headerSize)
        let capacity = max(start + 1, min(growth, firstZeros))
        do throws(DiskError) {
            try file.write([UInt8](repeating: 0, count: Int(capacity - start))[...], at: start)
            try file.sync()
            try disk.rename(unfinished, to: name)
        } catch {
            try? disk.remove(unfinished)
            throw error
        }
        do throws(DiskError) { try disk.syncFolder() } catch {
            // The name may be there after a crash: then no event may follow in the segment before, room or not.
            throw DiskError(.other, operation: error.operation, name: error.name, code: error.code)
        }
        let part = OpenSegment(file: file, name: name, header: header)
        return WritableSegment(part: part, end: start, capacity: capacity)
    }
}
