internal import Basics

/// A message as a server sends it: made once, and shared by every socket that it goes to.
package struct WebSocketFrame: Sendable {
    let bytes: [UInt8]

    enum Kind: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// A whole text message; the bytes must be UTF-8.
    package static func text(_ bytes: [UInt8]) -> WebSocketFrame { WebSocketFrame(.text, bytes.raw) }

    /// A whole text message.
    package static func text(_ text: String) -> WebSocketFrame { WebSocketFrame(.text, text.utf8.raw) }

    /// A whole binary message.
    package static func binary(_ bytes: [UInt8]) -> WebSocketFrame { WebSocketFrame(.binary, bytes.raw) }

    /// Several whole text messages in one piece, which is sent or dropped together.
    package static func texts(_ texts: [[UInt8]]) -> WebSocketFrame { WebSocketFrame(.text, texts) }

    /// The same of binary messages.
    package static func binaries(_ messages: [[UInt8]]) -> WebSocketFrame { WebSocketFrame(.binary, messages) }

    private init(_ kind: Kind, _ payloads: [[UInt8]]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payloads.reduce(0) { $0 + $1.count + 10 })
        for payload in payloads { Self.append(kind, payload.raw, to: &bytes) }
        self.bytes = bytes
    }

    /// A close frame; a code that must not be sent is left out, a reason is cut to what fits.
    static func close(_ code: CloseCode, _ reason: String) -> WebSocketFrame {
        guard code.isSendable else { return WebSocketFrame(.close, [UInt8]().raw) }
        var payload: [UInt8] = [UInt8(code.number >> 8), UInt8(code.number & 0xFF)]
        for scalar in reason.unicodeScalars {
            let size = UTF8.width(scalar)
            guard payload.count + size <= 125 else { break }
            UTF8Check.append(scalar.value, to: &payload)
        }
        return WebSocketFrame(.close, payload.raw)
    }

    init(_ kind: Kind, _ payload: RawSpan) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.byteCount + 10)
        Self.append(kind, payload, to: &bytes)
        self.bytes = bytes
    }

    /// Appends a whole, unmasked frame.
    static func append(_ kind: Kind, _ payload: RawSpan, to out: inout [UInt8]) {
        out.append(0x80 | kind.rawValue)
        let count = payload.byteCount
        if count < 126 {
            out.append(UInt8(count))
        } else if count < 0x1_0000 {
            out.append(126)
            out.append(UInt8(count >> 8))
            out.append(UInt8(count & 0xFF))
        } else {
            out.append(127)
            for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(count >> shift & 0xFF)) }
        }
        out.append(payload)
    }
}
