internal import Basics
internal import FilesDriver
internal import Integrity
internal import Model
internal import Ports

/// Walks the canonical bytes of neighbouring events in large sequential reads: no allocation per event, no body.
///
/// Every frame's checksum is verified, and that each event stands at its position.
struct HeaderScan {
    /// Small enough to stay in the caches between the kernel that fills it and the walk that reads it.
    private static let chunk = 1 << 17

    let part: SegmentPart
    private var position: Int64 = 0
    private var end: Int64 = 0

    init(_ part: SegmentPart) { self.part = part }

    /// The events at `places`, in order; answers whether the caller wants more.
    mutating func run(
        _ places: Range<Int>,
        _ visit: (RawSpan, CanonicalFields) -> ScanStep
    ) throws(LedgerFault) -> ScanStep {
        guard !places.isEmpty else { return .next }
        let extent = try part.extent(of: places)
        position = part.first + Int64(places.lowerBound)
        end = part.first + Int64(places.upperBound)
        var buffer: [UInt8] = []
        var offset = extent.lowerBound
        var wanted = Self.chunk
        while position < end {
            let count = Int(min(Int64(wanted), extent.upperBound - offset))
            do { _ = try part.file.read(into: &buffer, count: count, at: offset) } catch { throw .disk(error) }
            var used = 0
            let step = try walk(buffer.raw, &used, visit)
            if case .stop = step { return .stop }
            // A frame longer than a chunk is read alone; what is still not whole then is damaged.
            guard used > 0 || wanted < SegmentFormat.payloadLimit && count == wanted else { throw damaged() }
            wanted = used > 0 ? Self.chunk : wanted * 2
            offset += Int64(used)
        }
        return .next
    }

    /// Visits the events that lie whole in `bytes`; `used` says how far that was.
    @inline(__always)
    private mutating func walk(
        _ bytes: RawSpan,
        _ used: inout Int,
        _ visit: (RawSpan, CanonicalFields) -> ScanStep
    ) throws(LedgerFault) -> ScanStep {
        let seed = part.header.seed
        while position < end, used &+ SegmentFormat.frameHead <= bytes.byteCount {
            let word: UInt32 = bytes.integer(at: used &+ 4)
            let payload = used &+ SegmentFormat.frameHead
            let next = payload &+ Int(word & 0xFF_FFFF)
            guard next <= bytes.byteCount else { break }
            let checksum: UInt32 = bytes.integer(at: used)
            guard checksum == CRC32C.checksum(bytes.extracting(used &+ 4..<next), seed: seed) else { throw damaged() }
            used = next
            switch SegmentFormat.FrameKind(rawValue: UInt8(word >> 24)) {
            case .commit: continue
            case .kept, nil: throw damaged()
            case .entry: break
            }
            let frame = bytes.extracting(payload..<next)
            guard frame.byteCount >= SegmentFormat.entryHead else { throw damaged() }
            let length = Int(frame.integer(at: 4, as: UInt16.self))
            guard SegmentFormat.entryHead &+ length <= frame.byteCount else { throw damaged() }
            let canonical = frame.extracting(SegmentFormat.entryHead..<SegmentFormat.entryHead &+ length)
            guard let fields = try? CanonicalFields(canonical), fields.position.index == position else {
                throw damaged()
            }
            position &+= 1
            if case .stop = visit(canonical, fields) { return .stop }
        }
        return .next
    }

    private func damaged() -> LedgerFault {
        .damage(.damaged(part.name, "the event at position \(position) cannot be read"))
    }
}
