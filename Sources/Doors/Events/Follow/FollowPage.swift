internal import Basics
internal import Model
internal import NetDriver

/// Some events in order, as followers are sent them: each is encoded once for each form, whoever takes it.
final class FollowPage: Sendable {
    /// How a follower is sent events.
    enum Form: Sendable, Hashable {
        case serverSentEvent
        /// A frame of a socket, with the encoded identifier of the follow.
        case jsonFrame([UInt8])
        case cborFrame([UInt8])
    }

    /// Most followers go by the same few identifiers; for others frames are made each time.
    private static let keptForms = 8

    let events: [StoredEvent]
    /// About what it takes in memory, before it is encoded.
    let bytes: Int
    /// Everything up to here was looked at; what is missing in between did not match.
    let examined: Int64

    private struct Encoded {
        var json: [[UInt8]] = []
        var cbor: [[UInt8]] = []
        var pieces: [Form: [[UInt8]]] = [:]
        /// All the pieces of server-sent events in one.
        var whole: [UInt8]?
        var frames: [Form: [WebSocketFrame]] = [:]
    }

    private let encoded = Lock(Encoded())

    init(_ events: [StoredEvent], examined: Int64) {
        self.events = events
        bytes = events.reduce(0) { $0 + $1.canonical.count + ($1.body?.encoded.count ?? 0) + 256 }
        self.examined = examined
    }

    /// Every event as server-sent events, in one piece.
    func serverSentEvents() -> [UInt8] {
        encoded.withLock { encoded in
            if let whole = encoded.whole { return whole }
            let whole = Array(pieces(&encoded).joined())
            encoded.whole = whole
            return whole
        }
    }

    /// One event as a server-sent event.
    func serverSentEvent(_ index: Int) -> [UInt8] { encoded.withLock { pieces(&$0)[index] } }

    private func pieces(_ encoded: inout Encoded) -> [[UInt8]] {
        if let pieces = encoded.pieces[.serverSentEvent] { return pieces }
        var pieces: [[UInt8]] = []
        for (event, json) in zip(events, json(&encoded)) {
            var piece: [UInt8] = []
            piece.reserveCapacity(json.count + 80)
            piece.append("id: ")
            piece.append(String(event.position.index).utf8.raw)
            piece.append("\nevent: ")
            piece.append(event.head.type.text.utf8.raw)
            piece.append("\ndata: ")
            piece.append(json.raw)
            piece.append("\n\n")
            pieces.append(piece)
        }
        encoded.pieces[.serverSentEvent] = pieces
        return pieces
    }

    private func json(_ encoded: inout Encoded) -> [[UInt8]] {
        if encoded.json.isEmpty {
            encoded.json = events.map { event in
                var bytes: [UInt8] = []
                event.writeJSON(into: &bytes)
                return bytes
            }
        }
        return encoded.json
    }

    /// The frames of a socket, one for each event.
    func frames(_ form: Form) -> [WebSocketFrame] {
        encoded.withLock { encoded in
            if let frames = encoded.frames[form] { return frames }
            let frames = makeFrames(form, &encoded)
            if encoded.frames.count < Self.keptForms { encoded.frames[form] = frames }
            return frames
        }
    }

    private func makeFrames(_ form: Form, _ encoded: inout Encoded) -> [WebSocketFrame] {
        switch form {
        case .serverSentEvent: return []
        case .jsonFrame(let identifier):
            return json(&encoded).map { json in
                var bytes: [UInt8] = []
                bytes.reserveCapacity(json.count + identifier.count + 20)
                bytes.append("{\"id\":")
                bytes.append(identifier.raw)
                bytes.append(",\"event\":")
                bytes.append(json.raw)
                bytes.append(UInt8(ascii: "}"))
                return .text(bytes)
            }
        case .cborFrame(let identifier):
            if encoded.cbor.isEmpty { encoded.cbor = events.map { $0.encodedAsCBOR() } }
            return encoded.cbor.map { cbor in
                var out = CBORWriter()
                out.map(2)
                out.field("id")
                out.bytes.append(identifier.raw)
                out.field("event")
                out.bytes.append(cbor.raw)
                return .binary(out.bytes)
            }
        }
    }
}
