internal import Basics

/// Puts a client's messages together from its frames, however the bytes are cut.
///
/// Control frames may come between fragments. A text is checked as it arrives, so that the first bad byte ends it.
/// What a step tells about stands in `content` until the next step.
struct MessageReader: Sendable {
    enum Step: Equatable {
        /// The rest, from the offset on, is needed again when more has come.
        case incomplete
        case text, binary
        case ping, pong
        case close(CloseCode)
    }

    private let limit: Int
    /// The message or control payload that the last step told about.
    private(set) var content: [UInt8] = []
    /// The message that is not whole.
    private(set) var partial: [UInt8] = []
    private var kind: WebSocketFrame.Kind?
    /// The data frame that is not whole, and how much of it was read.
    private var frame: FrameHeader?
    private var position = 0
    /// The partial text is well-formed up to here.
    private var checked = 0

    init(limit: Int) { self.limit = limit }

    /// Whether nothing is kept between this step and the next.
    var isIdle: Bool { kind == nil && frame == nil }

    /// Goes on at `offset`, which moves to where the next step begins.
    mutating func step(_ bytes: RawSpan, at offset: inout Int) throws(WebSocketFault) -> Step {
        while true {
            if let frame {
                if let step = try readPayload(frame, bytes, &offset) { return step }
                if self.frame != nil { return .incomplete }
                continue
            }
            guard let header = try FrameHeader.read(bytes, at: offset) else { return .incomplete }
            if header.kind.isControl {
                guard bytes.byteCount - offset >= header.byteCount + header.length else { return .incomplete }
                let start = offset + header.byteCount
                offset = start + header.length
                content.removeAll(keepingCapacity: true)
                FrameHeader.unmask(bytes.part(start..<offset), header.mask, phase: 0, into: &content)
                return try control(header.kind)
            }
            try begin(header)
            offset += header.byteCount
        }
    }

    private mutating func begin(_ header: FrameHeader) throws(WebSocketFault) {
        // A continuation continues something, and nothing else may come between.
        guard (header.kind == .continuation) == (kind != nil) else { throw .protocolError }
        guard header.length <= limit - partial.count else { throw .tooLarge }
        if kind == nil { kind = header.kind }
        frame = header
        position = 0
    }

    private mutating func readPayload(
        _ frame: FrameHeader,
        _ bytes: RawSpan,
        _ offset: inout Int
    ) throws(WebSocketFault) -> Step? {
        let end = min(bytes.byteCount, offset + frame.length - position)
        FrameHeader.unmask(bytes.part(offset..<end), frame.mask, phase: position, into: &partial)
        position += end - offset
        offset = end
        let isWhole = position == frame.length
        if kind == .text { try check(isWhole && frame.isFinal ? .whole : .begun) }
        guard isWhole else { return nil }
        self.frame = nil
        guard frame.isFinal else { return nil }
        let step = kind == .text ? Step.text : .binary
        kind = nil
        checked = 0
        swap(&content, &partial)
        partial.removeAll(keepingCapacity: true)
        return step
    }

    private enum Extent { case begun, whole }

    private mutating func check(_ extent: Extent) throws(WebSocketFault) {
        let fault = UTF8Check.firstFault(in: partial.raw, checked..<partial.count)
        checked = fault ?? partial.count
        guard checked < partial.count else { return }
        guard extent == .begun, Self.mayBegin(partial.raw.part(checked..<partial.count)) else { throw .invalidText }
    }

    /// Whether bytes are the beginning of a well-formed sequence that is not whole.
    private static func mayBegin(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount < 4 else { return false }
        let first = bytes.byte(at: 0)
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard (0xC2...0xF4).contains(first), bytes.byteCount < length else { return false }
        guard bytes.byteCount > 1 else { return true }
        // The second byte decides; a third one only has to continue.
        let second = bytes.byte(at: 1)
        let allowed: ClosedRange<UInt8> =
            switch first {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        return allowed.contains(second) && (bytes.byteCount < 3 || bytes.byte(at: 2) & 0xC0 == 0x80)
    }

    private func control(_ kind: WebSocketFrame.Kind) throws(WebSocketFault) -> Step {
        switch kind {
        case .ping: return .ping
        case .pong: return .pong
        default:
            guard !content.isEmpty else { return .close(.missing) }
            guard content.count > 1 else { throw .protocolError }
            let code = CloseCode(UInt16(content[0]) << 8 | UInt16(content[1]))
            guard code.isSendable else { throw .protocolError }
            guard UTF8Check.firstFault(in: content.raw, 2..<content.count) == nil else { throw .invalidText }
            return .close(code)
        }
    }

    /// Gives back the memory of a large message.
    mutating func shrink() {
        if content.capacity > 256 * 1024 { content = [] }
        if partial.isEmpty, partial.capacity > 256 * 1024 { partial = [] }
    }
}
