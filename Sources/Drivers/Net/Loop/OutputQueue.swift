/// What a socket would not take yet: pieces in order, large ones shared with whoever else sends them.
final class OutputQueue {
    private var pieces: [[UInt8]] = []
    /// The first piece that is not wholly sent, and how much of it is.
    private var first = 0
    private var offset = 0
    private(set) var count = 0
    /// Bytes that were sent since `stalled` was asked last.
    private var progress = 0
    /// Bytes that were sent of the queue, ever.
    private var sent = 0
    /// Where units end (an event, a frame, an answer), in bytes from the queue's beginning: there it may be cut.
    ///
    /// Those before the last that was passed are forgotten.
    private var ends: [Int] = []

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

    /// Notes that a unit ends here; a queue that begins between two of them says so at once.
    func markEnd() {
        let end = sent + count
        if ends.last != end { ends.append(end) }
    }

    /// Keeps the unit that is being sent, at least so many bytes, and drops the rest; `none` when no unit ends.
    func cutAfterUnit(atLeast least: Int) -> Cut {
        guard let end = ends.first(where: { $0 >= sent + least }) else { return .none }
        var rest = end - sent
        count = rest
        ends = [end]
        var index = first
        rest += offset
        while index < pieces.count, rest > 0 {
            if pieces[index].count > rest { pieces[index].removeLast(pieces[index].count - rest) }
            rest -= pieces[index].count
            index += 1
        }
        pieces.removeLast(pieces.count - index)
        if count == 0 { (pieces, first, offset) = ([], 0, 0) }
        return .done
    }

    enum Cut { case done, none }

    /// How much of the next piece is not sent.
    var nextCount: Int { isEmpty ? 0 : pieces[first].count - offset }

    /// The next bytes to send.
    func withNext<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // Sound: the offset is always inside the piece, which is not changed meanwhile.
        unsafe pieces[first].withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    /// Forgets what was sent.
    func removeFirst(_ taken: Int) {
        count -= taken
        offset += taken
        progress += taken
        sent += taken
        if ends.count >= 64, let passed = ends.firstIndex(where: { $0 >= sent }), passed > ends.count / 2 {
            ends.removeFirst(passed)
        }
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
