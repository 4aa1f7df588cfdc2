internal import Basics

/// Writes server-sent events (the HTML standard, §9.2): make one once, and send it to every stream.
package enum ServerSentEvent {
    /// Appends an event; `id` and `type` must be free of line ends, `data` may have several lines.
    package static func append(id: Int64?, type: String?, data: RawSpan, to out: inout [UInt8]) {
        if let id {
            out.append(literal: "id: ")
            out.append(decimal: Int(id))
            out.append(0x0A)
        }
        if let type {
            out.append(literal: "event: ")
            for byte in type.utf8 { out.append(byte == 0x0A || byte == 0x0D || byte == 0 ? 0x20 : byte) }
            out.append(0x0A)
        }
        var start = 0
        repeat {
            var end = start
            while end < data.byteCount, data.byte(at: end) != 0x0A, data.byte(at: end) != 0x0D { end += 1 }
            out.append(literal: "data: ")
            out.append(data.part(start..<end))
            out.append(0x0A)
            guard end < data.byteCount else { break }
            let isPair = data.byte(at: end) == 0x0D && end + 1 < data.byteCount && data.byte(at: end + 1) == 0x0A
            start = end + (isPair ? 2 : 1)
        } while true
        out.append(0x0A)
    }

    /// A comment, which no reader is told of: it keeps a silent stream alive.
    package static let ping: [UInt8] = Array(": ping\n\n".utf8)

    /// What the answer's head says.
    package static func fields() -> HTTPFields {
        var fields = HTTPFields(contentType: "text/event-stream")
        fields.add("Cache-Control", "no-store")
        fields.add("X-Accel-Buffering", "no")
        return fields
    }
}
