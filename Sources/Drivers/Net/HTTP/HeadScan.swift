internal import Basics

/// Finds the end of a head in bytes that come piece by piece, and refuses at once what no head may hold.
///
/// Looks at every byte once, however the bytes are cut. What it lets pass has no control bytes but tabs, and CR LF
/// at the end of each line and nowhere else; the parser relies on that.
struct HeadScan: Sendable, Equatable {
    /// The bytes before this have been looked at.
    private(set) var offset = 0
    /// Where the present line begins.
    private(set) var line = 0
    /// How many lines have ended.
    private(set) var lines = 0
    /// How long the first line is, as far as it was looked at.
    var firstLine: Int { lines == 0 ? offset - line : first }
    private var first = 0

    enum Outcome: Equatable {
        case incomplete
        /// The head ends before this offset.
        case end(Int)
        case refused(HTTPRefusal)
    }

    init() {}

    /// Looks on in `bytes`, which are those of the last call, and what came since.
    mutating func resume(_ bytes: RawSpan) -> Outcome {
        let count = bytes.byteCount
        while true {
            while offset &+ 8 <= count, !Self.hasControl(bytes.word(at: offset)) { offset &+= 8 }
            guard offset < count else { return .incomplete }
            let byte = bytes.byte(at: offset)
            if byte == 0x0D {
                guard offset &+ 1 < count else { return .incomplete }
                guard bytes.byte(at: offset &+ 1) == 0x0A else { return .refused(.badLineEnd) }
                let isEmpty = offset == line
                if lines == 0 { first = offset &- line }
                offset &+= 2
                line = offset
                // One empty line before a request is forgiven (RFC 9112 §2.2); it ends no head.
                if isEmpty, lines > 0 { return .end(offset) }
                if isEmpty, offset > 2 { return .refused(.badRequestLine) }
                if !isEmpty { lines &+= 1 }
            } else if byte >= 0x20 && byte != 0x7F || byte == 0x09 {
                offset &+= 1
            } else {
                return .refused(byte == 0x0A ? .badLineEnd : .controlByte)
            }
        }
    }

    /// Whether one of eight bytes is below a space, or DEL.
    ///
    /// May say so of a byte that follows one such, never overlooks one.
    private static func hasControl(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let delete = word ^ (ones &* 0x7F)
        return ((word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete) & highs != 0
    }
}
