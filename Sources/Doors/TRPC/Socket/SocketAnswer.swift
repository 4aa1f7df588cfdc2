internal import Basics
internal import Capability
internal import NetDriver

/// The frames of answers on a socket.
struct SocketAnswer: Sendable {
    /// The identifier of the call, in JSON; nil where there is none.
    let id: [UInt8]?
    let hasVersion: Bool
    let form: OutputWriter.Form

    static let ping = WebSocketFrame.text("PING")
    static let pong = WebSocketFrame.text("PONG")
    /// Asks the client to come again on another connection.
    static let reconnect = WebSocketFrame.text("{\"id\":null,\"method\":\"reconnect\"}")

    func started() -> WebSocketFrame { frame("\"result\":{\"type\":\"started\"}", []) }
    func stopped() -> WebSocketFrame { frame("\"result\":{\"type\":\"stopped\"}", []) }

    func data(_ rendition: Rendition) -> WebSocketFrame {
        guard form == .rich || !rendition.isAbsent else { return frame("\"result\":{\"type\":\"data\"}", []) }
        var rest: [UInt8] = []
        TRPCWords.append(rendition, form, to: &rest)
        rest.append("}")
        return frame("\"result\":{\"type\":\"data\",\"data\":", rest)
    }

    /// A value of a subscription; a tracked one carries its identifier inside and beside it.
    func value(_ value: Tracked<Reply>) -> WebSocketFrame {
        let rendition = value.content.rendered(form)
        guard let id = value.id else { return data(rendition) }
        var name = JSONWriter()
        name.text(id)
        var inner = rendition
        inner.isAbsent = false
        inner.json = Array("{\"id\":".utf8) + name.bytes + Array(",\"data\":".utf8) + rendition.json
        inner.json.append(UInt8(ascii: "}"))
        inner.notes = rendition.notes.map { note in
            var note = note
            note.path = [.field("data")] + note.path
            return note
        }
        var rest: [UInt8] = []
        TRPCWords.append(inner, form, to: &rest)
        rest.append(",\"id\":")
        rest.append(name.bytes.raw)
        rest.append("}")
        return frame("\"result\":{\"type\":\"data\",\"data\":", rest)
    }

    func error(_ refusal: Refusal, path: String?) -> WebSocketFrame {
        var rest: [UInt8] = []
        TRPCWords.append(refusal, path: path, form, to: &rest)
        return frame("\"error\":", rest)
    }

    private func frame(_ start: StaticString, _ rest: [UInt8]) -> WebSocketFrame {
        var out: [UInt8] = []
        out.append("{\"id\":")
        if let id { out.append(id.raw) } else { out.append("null") }
        out.append(hasVersion ? ",\"jsonrpc\":\"2.0\"," : ",")
        out.append(start)
        out.append(rest.raw)
        out.append("}")
        return .text(out)
    }
}
