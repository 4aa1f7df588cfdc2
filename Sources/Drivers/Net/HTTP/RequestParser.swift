internal import Basics

/// Reads request heads: strict, so that nobody before or behind us can see other requests than we do.
///
/// Takes bytes as they come. A head is parsed when all of it is there; until then each byte is looked at once. One
/// parser serves a loop: the fields of the head parsed last stand in `fields`.
struct RequestParser: Sendable {
    let limits: NetLimits
    /// The header fields of the head that was parsed last.
    private(set) var fields: [RequestHead.Field] = []

    enum Outcome: Equatable {
        case incomplete
        case head(RequestHead)
        case refused(HTTPRefusal)
    }

    init(limits: NetLimits) {
        precondition(limits.headBytes <= 0xFFFF, "places in a head are 16 bits")
        self.limits = limits
        fields.reserveCapacity(limits.headerFields)
    }

    /// Looks at `bytes`, which begin with a head; `scan` keeps what earlier calls have seen of the same head.
    mutating func parse(_ bytes: RawSpan, _ scan: inout HeadScan) -> Outcome {
        let found = scan.resume(bytes)
        if scan.firstLine > limits.targetBytes + 64 { return .refused(.targetTooLong) }
        switch found {
        case .end(let end):
            guard end <= limits.headBytes else { return .refused(.headTooLarge) }
            do throws(HTTPRefusal) { return .head(try read(bytes.part(0..<end))) } catch { return .refused(error) }
        case .refused(let refusal):
            return .refused(refusal)
        case .incomplete:
            return bytes.byteCount > limits.headBytes ? .refused(.headTooLarge) : .incomplete
        }
    }

    /// Reads a whole head that a scan let pass.
    private mutating func read(_ head: RawSpan) throws(HTTPRefusal) -> RequestHead {
        var request = RequestHead()
        request.byteCount = head.byteCount
        fields.removeAll(keepingCapacity: true)
        var offset = try readRequestLine(head, &request)
        var seen = Seen()
        while head.byte(at: offset) != 0x0D {
            guard fields.count < limits.headerFields else { throw .tooManyFields }
            offset = try readField(head, at: offset, &request, &seen)
        }
        try finish(head, &request, seen)
        return request
    }

    // MARK: The request line

    private func readRequestLine(_ head: RawSpan, _ request: inout RequestHead) throws(HTTPRefusal) -> Int {
        let start = head.byte(at: 0) == 0x0D ? 2 : 0
        var offset = start
        while ASCII.isToken(head.byte(at: offset)) { offset &+= 1 }
        guard head.byte(at: offset) == 0x20, offset > start else { throw .badRequestLine }
        let method = head.part(start..<offset)
        offset &+= 1
        let target = offset
        while ASCII.isTarget(head.byte(at: offset)) { offset &+= 1 }
        guard offset > target else { throw .badRequestLine }
        guard offset &- target <= limits.targetBytes else { throw .targetTooLong }
        guard head.byte(at: offset) == 0x20 else {
            throw head.byte(at: offset) == 0x0D ? .badRequestLine : .badTarget
        }
        request.target = RequestHead.Place(target, offset)
        let end = try readVersion(head, at: offset &+ 1, &request)
        guard let known = HTTPMethod(method) else { throw .unknownMethod }
        request.method = known
        try TargetReader(head: head, range: target..<offset).read(into: &request)
        return end
    }

    private func readVersion(_ head: RawSpan, at start: Int, _ request: inout RequestHead) throws(HTTPRefusal) -> Int {
        // The scan promises an empty line behind this one, so that ten bytes can be looked at.
        guard start &+ 10 <= head.byteCount, head.part(start..<start &+ 5).isSame(as: "HTTP/"),
            head.byte(at: start &+ 6) == UInt8(ascii: "."), head.byte(at: start &+ 8) == 0x0D,
            ASCII.isDigit(head.byte(at: start &+ 5)), ASCII.isDigit(head.byte(at: start &+ 7))
        else { throw .badVersion }
        guard head.byte(at: start &+ 5) == UInt8(ascii: "1"), head.byte(at: start &+ 7) <= UInt8(ascii: "1") else {
            throw .unknownVersion
        }
        if head.byte(at: start &+ 7) == UInt8(ascii: "0") { request.traits.insert(.isOld) }
        return start &+ 10
    }

    // MARK: Header fields

    /// What was met so far of the fields that frame a request.
    private struct Seen {
        var hosts = 0
        var lengths = 0
        var codings = 0
    }

    private mutating func readField(
        _ head: RawSpan,
        at start: Int,
        _ request: inout RequestHead,
        _ seen: inout Seen
    ) throws(HTTPRefusal) -> Int {
        var offset = start
        while ASCII.isToken(head.byte(at: offset)) { offset &+= 1 }
        guard head.byte(at: offset) == UInt8(ascii: ":"), offset > start else {
            throw ASCII.isBlank(head.byte(at: start)) ? .foldedField : .badFieldName
        }
        let name = RequestHead.Place(start, offset)
        offset &+= 1
        while ASCII.isBlank(head.byte(at: offset)) { offset &+= 1 }
        let value = offset
        while head.byte(at: offset) != 0x0D { offset &+= 1 }
        var end = offset
        while end > value, ASCII.isBlank(head.byte(at: end &- 1)) { end &-= 1 }
        let field = RequestHead.Field(name: name, value: RequestHead.Place(value, end))
        fields.append(field)
        try note(head.part(name.range), head.part(value..<end), field, &request, &seen)
        return offset &+ 2
    }

    /// Takes what a field says about the request itself.
    private func note(
        _ name: RawSpan,
        _ value: RawSpan,
        _ field: RequestHead.Field,
        _ request: inout RequestHead,
        _ seen: inout Seen
    ) throws(HTTPRefusal) {
        switch name.byteCount {
        case 4 where name.isSameIgnoringCase(as: "host"):
            seen.hosts &+= 1
            guard seen.hosts == 1, HostReader.isHost(value) else { throw .badHost }
            if request.host.count == 0 { request.host = field.value }
        case 6 where name.isSameIgnoringCase(as: "expect"):
            guard value.isSameIgnoringCase(as: "100-continue") else { throw .unknownExpectation }
            request.traits.insert(.expectsContinue)
        case 7 where name.isSameIgnoringCase(as: "upgrade"):
            value.forEachElement { element in
                if element.isSameIgnoringCase(as: "websocket") { request.traits.insert(.asksWebSocket) }
                return .next
            }
        case 10 where name.isSameIgnoringCase(as: "connection"):
            try noteConnection(value, &request)
        case 14 where name.isSameIgnoringCase(as: "content-length"):
            seen.lengths &+= 1
            guard seen.lengths == 1, let length = value.decimal else { throw .badLength }
            request.framing = .length(length)
        case 15 where name.isSameIgnoringCase(as: "accept-encoding"):
            if Negotiation.acceptsGzip(value) { request.traits.insert(.asksGzip) }
        case 17 where name.isSameIgnoringCase(as: "transfer-encoding"):
            seen.codings &+= 1
            guard seen.codings == 1, !request.traits.contains(.isOld) else { throw .badCoding }
            guard value.isSameIgnoringCase(as: "chunked") else { throw .unknownCoding }
        default:
            break
        }
    }

    private func noteConnection(_ value: RawSpan, _ request: inout RequestHead) throws(HTTPRefusal) {
        var isMalformed = false
        value.forEachElement { element in
            if element.isSameIgnoringCase(as: "close") {
                request.traits.insert(.saysClose)
            } else if element.isSameIgnoringCase(as: "keep-alive") {
                request.traits.insert(.saysKeepAlive)
            } else if element.isSameIgnoringCase(as: "upgrade") {
                request.traits.insert(.saysUpgrade)
            } else {
                for offset in 0..<element.byteCount where !ASCII.isToken(element.byte(at: offset)) {
                    isMalformed = true
                }
            }
            return .next
        }
        if isMalformed { throw .badConnection }
    }

    private func finish(_ head: RawSpan, _ request: inout RequestHead, _ seen: Seen) throws(HTTPRefusal) {
        if seen.codings > 0 {
            guard seen.lengths == 0 else { throw .lengthAndCoding }
            request.framing = .chunked
        }
        if request.framing == .length(0) { request.framing = .none }
        guard seen.hosts > 0 || request.traits.contains(.isOld) else { throw .missingHost }
        // Without a body nothing is waited for, and HTTP/1.0 knows no interim answers.
        if request.framing == .none || request.traits.contains(.isOld) { request.traits.remove(.expectsContinue) }
    }
}
