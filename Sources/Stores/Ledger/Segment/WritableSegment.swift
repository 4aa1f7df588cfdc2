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

    /// Writes zeros from `capacity` on, so that the events that follow only overwrite, and answers up to where.
    static func fill(
        _ file: any DiskFile,
        from capacity: Int64,
        to needed: Int64,
        growth: Int64
    ) throws(DiskError) -> Int64 {
        let target = (needed + growth - 1) / growth * growth
        let zeros = [UInt8](repeating: 0, count: Int(min(target - capacity, 1 << 20)))
        var offset = capacity
        while offset < target {
            let count = Int(min(target - offset, Int64(zeros.count)))
            try file.write(zeros[0..<count], at: offset)
            offset += Int64(count)
        }
        try file.sync()
        return target
    }

    /// Begins a segment: whole or not at all, with its first stretch of zeros.
    static func create(_ header: SegmentHeader, on disk: any Disk, growth: Int64) throws(DiskError) -> WritableSegment {
        let name = SegmentFormat.name(first: header.first)
        let unfinished = name + LedgerFiles.unfinished
        if try disk.names().contains(unfinished) { try disk.remove(unfinished) }
        let file = try disk.open(unfinished, .create)
        try file.write(header.encoded()[...], at: 0)
        let start = Int64(SegmentFormat.headerSize)
        let capacity: Int64
        do throws(DiskError) {
            capacity = try fill(file, from: start, to: start + 1, growth: growth)
            try disk.rename(unfinished, to: name)
        } catch {
            try? disk.remove(unfinished)
            throw error
        }
        try disk.syncFolder()
        let part = OpenSegment(file: file, name: name, header: header)
        return WritableSegment(part: part, end: start, capacity: capacity)
    }
}
