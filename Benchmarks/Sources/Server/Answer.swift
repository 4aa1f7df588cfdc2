/// How the benchmarks read: just enough to know where an answer ends, and whether it is the right one.
enum Answer {
    /// An HTTP answer with a length: its status, its size and where its body begins; nil while it is not whole.
    static func http(_ bytes: Span<UInt8>, from start: Int) throws(Failure) -> HTTP? {
        guard bytes.count - start >= 16 else { return nil }
        guard let end = headEnd(bytes, from: start) else { return nil }
        var length = 0
        var line = start
        while line < end {
            let next = lineEnd(bytes, from: line)
            if begins(bytes, line, with: "content-length:") {
                for at in (line + 15)..<next where bytes[at] >= 0x30 && bytes[at] <= 0x39 {
                    length = length * 10 + Int(bytes[at] - 0x30)
                }
            }
            line = next + 2
        }
        guard bytes.count >= end + 2 + length else { return nil }
        let status = (9..<12).reduce(0) { $0 * 10 + Int(bytes[start + $1]) - 0x30 }
        return HTTP(status: status, body: (end + 2)..<(end + 2 + length))
    }

    struct HTTP {
        let status: Int
        /// Where the body is; what follows begins where it ends.
        let body: Range<Int>
    }

    /// A WebSocket frame of a server: where its payload is; nil while it is not whole.
    static func frame(_ bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
        guard bytes.count - start >= 2 else { return nil }
        let short = Int(bytes[start + 1] & 0x7F)
        let width = short == 126 ? 2 : short == 127 ? 8 : 0
        let begin = start + 2 + width
        guard bytes.count >= begin else { return nil }
        let length = width == 0 ? short : ((start + 2)..<begin).reduce(0) { $0 << 8 | Int(bytes[$1]) }
        return bytes.count >= begin + length ? begin..<(begin + length) : nil
    }

    /// A piece of what arrived, to be looked at or shown.
    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: range.map { bytes[$0] }, as: UTF8.self)
    }

    /// Where the empty line begins that ends a head: behind the last line's own end.
    private static func headEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var at = start
        while at + 3 < bytes.count {
            if bytes[at] == 13, bytes[at + 1] == 10, bytes[at + 2] == 13,
                bytes[at + 3] == 10
            {
                return at + 2
            }
            at += 1
        }
        return nil
    }

    private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while bytes[at] != 13 { at += 1 }
        return at
    }

    private static func begins(_ bytes: Span<UInt8>, _ at: Int, with name: StaticString) -> Bool {
        guard bytes.count - at >= name.utf8CodeUnitCount else { return false }
        for offset in 0..<name.utf8CodeUnitCount {
            // Header names differ in case only, and the signs in these are not letters.
            let byte = bytes[at + offset]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if unsafe lower != name.utf8Start[offset] { return false }
        }
        return true
    }
}
