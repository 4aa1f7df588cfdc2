/// What a socket would not take yet: pieces in order, large ones shared with whoever else sends them.
final class OutputQueue {
    private var pieces: [[UInt8]] = []
    /// The first piece that is not wholly sent, and how much of it is.
    private var first = 0
    private var offset = 0
    private(set) var count = 0
    /// Bytes that were sent since `stalled` was asked last.
    private var progress = 0

    /// Small pieces are copied together up to this.
    private static let small = 4096

    var isEmpty: Bool { count == 0 }

    /// Appends a piece, leaving out what was sent of it already.
    func append(_ piece: [UInt8], from start: Int = 0) {
        let length = piece.count - start
        guard length > 0 else { return }
        count += length
        if length <= Self.small, first < pieces.count, let last = pieces.last, last.count + length <= Self.small {
            pieces[pieces.count - 1].append(contentsOf: piece[start...])
        } else if first == pieces.count {
            (pieces, first, offset) = ([piece], 0, start)
        } else {
            pieces.append(start == 0 ? piece : Array(piece[start...]))
        }
    }

    /// The next bytes to send.
    func withNext<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // Sound: the offset is always inside the piece, which is not changed meanwhile.
        unsafe pieces[first].withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    /// Forgets what was sent.
    func removeFirst(_ sent: Int) {
        count -= sent
        offset += sent
        progress += sent
        guard offset == pieces[first].count else { return }
        pieces[first] = []
        first += 1
        offset = 0
        if first == pieces.count {
            pieces.removeAll()
            first = 0
        } else if first >= 64, first * 2 > pieces.count {
            pieces.removeFirst(first)
            first = 0
        }
    }

    /// Whether less than that was sent since the last time this was asked.
    func isStalled(below bytes: Int) -> Bool {
        defer { progress = 0 }
        return progress < bytes
    }
}
