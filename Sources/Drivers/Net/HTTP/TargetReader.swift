internal import Basics

/// Takes a request target apart: path and query in origin form; scheme and host before them in absolute form.
struct TargetReader: ~Escapable {
    private let head: RawSpan
    private let range: Range<Int>

    @_lifetime(copy head)
    init(head: RawSpan, range: Range<Int>) {
        self.head = head
        self.range = range
    }

    func read(into request: inout RequestHead) throws(HTTPRefusal) {
        let first = head.byte(at: range.lowerBound)
        if first == UInt8(ascii: "/") {
            try readPath(from: range.lowerBound, &request)
        } else if first == UInt8(ascii: "*"), range.count == 1 {
            guard request.method == .options else { throw .badTarget }
            request.path = request.target
        } else {
            try readAbsolute(&request)
        }
    }

    /// `http://host[:port][/path][?query]`: a proxy's form, which every server must take.
    private func readAbsolute(_ request: inout RequestHead) throws(HTTPRefusal) {
        let scheme = range.lowerBound
        let start: Int
        if range.count > 7, head.part(scheme..<scheme + 7).isSameIgnoringCase(as: "http://") {
            start = scheme + 7
        } else if range.count > 8, head.part(scheme..<scheme + 8).isSameIgnoringCase(as: "https://") {
            start = scheme + 8
        } else {
            throw .badTarget
        }
        var offset = start
        while offset < range.upperBound, !Self.endsAuthority(head.byte(at: offset)) { offset &+= 1 }
        guard offset > start, HostReader.isHost(head.part(start..<offset)) else { throw .badTarget }
        request.host = RequestHead.Place(start, offset)
        try readPath(from: offset, &request)
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") }

    private func readPath(from start: Int, _ request: inout RequestHead) throws(HTTPRefusal) {
        var offset = start
        while offset < range.upperBound, head.byte(at: offset) != UInt8(ascii: "?") {
            if head.byte(at: offset) == UInt8(ascii: "%") { try checkEscape(at: offset) }
            offset &+= 1
        }
        request.path = RequestHead.Place(start, offset)
        guard offset < range.upperBound else { return }
        request.traits.insert(.hasQuery)
        request.query = RequestHead.Place(offset &+ 1, range.upperBound)
    }

    /// An escape in a path is whole, and hides no NUL.
    ///
    /// The query is the handler's: forms have rules of their own.
    private func checkEscape(at offset: Int) throws(HTTPRefusal) {
        guard offset &+ 2 < range.upperBound, let high = ASCII.hexadecimal(head.byte(at: offset &+ 1)),
            let low = ASCII.hexadecimal(head.byte(at: offset &+ 2)), high | low != 0
        else { throw .badTarget }
    }
}

/// Tells what may stand in `Host`: a name, an IPv4 or a bracketed IPv6 address, and perhaps a port.
enum HostReader {
    static func isHost(_ value: RawSpan) -> Bool {
        guard value.byteCount > 0, value.byteCount <= 260 else { return false }
        var offset = 0
        if value.byte(at: 0) == UInt8(ascii: "[") {
            guard let end = value.firstIndex(of: UInt8(ascii: "]")), end > 2 else { return false }
            for place in 1..<end where !isAddress(value.byte(at: place)) { return false }
            offset = end + 1
        } else {
            while offset < value.byteCount, value.byte(at: offset) != UInt8(ascii: ":") {
                guard isName(value.byte(at: offset)) else { return false }
                offset += 1
            }
            guard offset > 0 else { return false }
        }
        return isPort(value.part(offset..<value.byteCount))
    }

    /// Nothing, or a colon and up to five digits (none are allowed by the grammar).
    private static func isPort(_ value: RawSpan) -> Bool {
        guard value.byteCount > 0 else { return true }
        guard value.byte(at: 0) == UInt8(ascii: ":"), value.byteCount <= 6 else { return false }
        for offset in 1..<value.byteCount where !ASCII.isDigit(value.byte(at: offset)) { return false }
        return true
    }

    private static func isAddress(_ byte: UInt8) -> Bool {
        ASCII.hexadecimal(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    private static func isName(_ byte: UInt8) -> Bool {
        let letter = (byte | 0x20) &- 0x61
        return letter < 26 || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }
}
