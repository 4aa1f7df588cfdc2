/// Why the bytes of a segment's file are no segment.
package enum SegmentFault: Error, Sendable, Hashable {
    /// The file does not end as one that was finished.
    case unfinished
    /// A format of a later version.
    case unknownVersion(Int)
    /// The checksum of a part does not fit its bytes.
    case damaged(part: String)
    /// The parts do not fit each other or the shape.
    case contradictory(String)
}
