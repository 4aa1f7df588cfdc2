internal import Basics

/// A client's wish to speak WebSocket, checked (RFC 6455 §4.2.1).
struct WebSocketHandshake {
    /// What proves that the server understood.
    let accept: [UInt8]

    private static let magic: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    init(_ request: HTTPRequest) throws(HTTPRefusal) {
        guard request.method == .get, !request.head.traits.contains(.isOld), request.asksWebSocket, !request.hasBody,
            request.count(of: "sec-websocket-key") == 1, request.count(of: "sec-websocket-version") == 1,
            let key = request.field("sec-websocket-key"), let version = request.field("sec-websocket-version")
        else { throw .badUpgrade }
        guard version.isSame(as: "13") else { throw .unknownWebSocketVersion }
        guard Self.isKey(key) else { throw .badUpgrade }
        accept = Self.accept(key.copy)
    }

    static func accept(_ key: [UInt8]) -> [UInt8] {
        var text = key
        text.append(literal: magic)
        return Base64.encode(SHA1.hash(text))
    }

    /// Sixteen bytes in base64: 22 digits, of which the last has four bits to spare, and two signs.
    private static func isKey(_ key: RawSpan) -> Bool {
        guard key.byteCount == 24, key.byte(at: 22) == UInt8(ascii: "="), key.byte(at: 23) == UInt8(ascii: "=") else {
            return false
        }
        for offset in 0..<22 where !Base64.isDigit(key.byte(at: offset)) { return false }
        return true
    }
}

/// Base64 with padding (RFC 4648 §4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            var word = 0
            for offset in 0..<3 { word = word << 8 | (offset < part.count ? Int(part[start + offset]) : 0) }
            for digit in 0..<4 {
                out.append(digit <= part.count ? self.digit(word >> (18 - digit * 6) & 0x3F) : UInt8(ascii: "="))
            }
        }
        return out
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        let letter = (byte | 0x20) &- 0x61
        return letter < 26 || ASCII.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    private static func digit(_ value: Int) -> UInt8 {
        switch value {
        case 0..<26: UInt8(0x41 + value)
        case 26..<52: UInt8(0x61 + value - 26)
        case 52..<62: UInt8(0x30 + value - 52)
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
