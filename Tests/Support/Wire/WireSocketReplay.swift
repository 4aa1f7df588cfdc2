import Basics

/// Says on a WebSocket what a client said when it was recorded, and compares what it is told.
struct WireSocketReplay {
    private let port: UInt16
    private let token: String
    private let strictness: WireComparison.Strictness
    private let leave: () -> Void

    init(
        _ port: UInt16,
        _ token: String,
        _ strictness: WireComparison.Strictness,
        _ leave: @escaping () -> Void
    ) {
        self.port = port
        self.token = token
        self.strictness = strictness
        self.leave = leave
    }

    private static let reconnect = #"{"id":null,"method":"reconnect"}"#

    func run(_ recording: WireRecording) throws -> [String] {
        guard let (request, _) = recording.requests.first else { return ["no handshake"] }
        let socket = try WireSocket(port, path: request.path)
        let isRich = recording.frames.contains { $0.isClient && $0.text.contains(#""input":{"json""#) }
        // What is said before any call, nobody knows the form of.
        var comparison = WireComparison(strictness, mayBePlain: !isRich || recording.note.contains("without an id"))
        var (wanted, got): ([String], [String]) = ([], [])
        for frame in recording.frames {
            if frame.opcode == "close" {
                guard frame.isClient else { continue }
                break
            }
            guard frame.isClient else {
                wanted.append(frame.text)
                if frame.text == Self.reconnect { leave() }
                if frame.text == "PING" || !recording.isHurried { try receive(socket, &got, upTo: wanted.count) }
                continue
            }
            try socket.send(frame.text.replacing(WireCapabilities.token, with: token))
        }
        try receive(socket, &got, upTo: wanted.count)
        if recording.note.contains("then the server closes") {
            comparison.expect("close", try socket.receive() ?? "close", "the end")
        }
        compare(wanted, got, &comparison)
        return comparison.differences
    }

    private func receive(_ socket: WireSocket, _ got: inout [String], upTo count: Int) throws {
        while got.count < count, let message = try socket.receive() { got.append(message) }
    }

    /// Answers of different calls may come in any order, those of one call in theirs.
    private func compare(_ wanted: [String], _ got: [String], _ comparison: inout WireComparison) {
        let (one, other) = (Self.byCall(wanted), Self.byCall(got))
        comparison.expect(one.keys.sorted(), other.keys.sorted(), "calls")
        for (id, messages) in one {
            let others = other[id] ?? []
            comparison.expect(messages.count, others.count, "messages of \(id)")
            for (one, other) in zip(messages, others) {
                guard let wanted = Value(json: one) else {
                    comparison.expect(one, other, "message")
                    continue
                }
                comparison.envelope(wanted, Value(json: other) ?? .null)
            }
        }
    }

    private static func byCall(_ messages: [String]) -> [String: [String]] {
        Dictionary(grouping: messages) { Value(json: $0)?["id"].json ?? $0 }
    }
}

extension WireRecording {
    /// Whether the client went on before it was answered: then the order of the frames says nothing.
    fileprivate var isHurried: Bool { name == "malformed messages" }
}

/// A client's end of a WebSocket, for text messages.
package final class WireSocket {
    private let client: NetClient

    package init(_ port: UInt16, path: String, fields: String = "") throws {
        client = try NetClient(port)
        try client.send(
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n"
        )
        let answer = try client.answer(.headOnly)
        guard answer.status == 101 else { throw Refused(status: answer.status) }
    }

    package struct Refused: Error { let status: Int }

    package func send(_ text: String) throws {
        let payload = Array(text.utf8)
        var frame: [UInt8] = [0x81]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        // A mask of zeros is one, too.
        try client.send(frame + [0, 0, 0, 0] + payload)
    }

    /// The next text; nil when the server closes.
    package func receive() throws -> String? {
        while true {
            let head = try client.read(2)
            var length = Int(head[1] & 0x7F)
            if length == 126 { length = try client.read(2).reduce(0) { $0 << 8 | Int($1) } }
            if length == 127 { length = try client.read(8).reduce(0) { $0 << 8 | Int($1) } }
            let payload = try client.read(length)
            switch head[0] & 0x0F {
            case 1: return String(decoding: payload, as: UTF8.self)
            case 8: return nil
            default: continue
            }
        }
    }
}
