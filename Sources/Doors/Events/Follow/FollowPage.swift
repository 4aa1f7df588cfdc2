internal import Basics
internal import Model
internal import NetDriver
internal import Ports

/// Some events in order, as followers are sent them: encoded once for each audience, however many belong to it.
final class FollowPage: Sendable {
    /// How a follower is sent events.
    enum Form: Sendable, Hashable {
        case serverSentEvent
        /// A frame of a socket, with the encoded identifier of the follow.
        case jsonFrame([UInt8])
        case cborFrame([UInt8])
    }

    /// Followers that are sent the same bytes.
    struct Audience: Sendable, Hashable {
        let form: Form
        /// Of this only what narrows events counts.
        let filter: LedgerQuery

        init(_ form: Form, _ query: LedgerQuery) {
            self.form = form
            var filter = query
            filter.after = -1
            self.filter = filter
        }
    }

    /// Some whole events that are sent together.
    struct Piece: Sendable {
        enum Content: Sendable {
            case text([UInt8])
            case frame(WebSocketFrame)
        }

        let content: Content
        /// The positions of the first and the last of them.
        let first: Int64
        let last: Int64
    }

    /// Most followers go by the same few identifiers and filters; for others pieces are made each time.
    private static let keptAudiences = 8
    /// Events are put together up to this, so that a slow follower holds little more than its mark.
    private static let pieceBytes = 32 << 10

    let events: [StoredEvent]
    /// About what it takes in memory, before it is encoded.
    let bytes: Int
    /// Everything up to here was looked at; what is missing in between did not match.
    let examined: Int64

    private struct Encoded {
        /// By event; empty until somebody asks.
        var json: [[UInt8]] = []
        var cbor: [[UInt8]] = []
        var pieces: [Audience: [Piece]] = [:]
    }

    private let encoded = Lock(Encoded())

    init(_ events: [StoredEvent], examined: Int64) {
        self.events = events
        bytes = events.reduce(0) { $0 + $1.canonical.count + ($1.body?.encoded.count ?? 0) + 256 }
        self.examined = examined
    }

    /// What an audience is sent of the page.
    func pieces(for audience: Audience) -> [Piece] {
        encoded.withLock { encoded in
            if let pieces = encoded.pieces[audience] { return pieces }
            let pieces = makePieces(audience, after: -1, &encoded)
            if encoded.pieces.count < Self.keptAudiences { encoded.pieces[audience] = pieces }
            return pieces
        }
    }

    /// The same for one follower that has some of the page already.
    func pieces(for audience: Audience, after position: Int64) -> [Piece] {
        encoded.withLock { makePieces(audience, after: position, &$0) }
    }

    // MARK: Encoding

    private func makePieces(_ audience: Audience, after position: Int64, _ encoded: inout Encoded) -> [Piece] {
        let chosen = events.indices.filter { index in
            events[index].position.index > position
                && (!audience.filter.isFiltered || audience.filter.matches(events[index].head))
        }
        var pieces: [Piece] = []
        var start = chosen.startIndex
        while start < chosen.endIndex {
            var end = start
            var parts: [[UInt8]] = []
            var size = 0
            while end < chosen.endIndex, parts.isEmpty || size < Self.pieceBytes {
                let part = encode(chosen[end], audience.form, &encoded)
                size += part.count
                parts.append(part)
                end += 1
            }
            let content: Piece.Content =
                switch audience.form {
                case .serverSentEvent: .text(parts.count == 1 ? parts[0] : Array(parts.joined()))
                case .jsonFrame: .frame(.texts(parts))
                case .cborFrame: .frame(.binaries(parts))
                }
            let (first, last) = (events[chosen[start]].position.index, events[chosen[end - 1]].position.index)
            pieces.append(Piece(content: content, first: first, last: last))
            start = end
        }
        return pieces
    }

    private func encode(_ index: Int, _ form: Form, _ encoded: inout Encoded) -> [UInt8] {
        var bytes: [UInt8] = []
        switch form {
        case .serverSentEvent:
            let json = json(index, &encoded)
            bytes.reserveCapacity(json.count + 96)
            bytes.append("id: ")
            bytes.append(String(events[index].position.index).utf8.raw)
            bytes.append("\nevent: ")
            bytes.append(events[index].head.type.text.utf8.raw)
            bytes.append("\ndata: ")
            bytes.append(json.raw)
            bytes.append("\n\n")
        case .jsonFrame(let identifier):
            let json = json(index, &encoded)
            bytes.reserveCapacity(json.count + identifier.count + 20)
            bytes.append("{\"id\":")
            bytes.append(identifier.raw)
            bytes.append(",\"event\":")
            bytes.append(json.raw)
            bytes.append(UInt8(ascii: "}"))
        case .cborFrame(let identifier):
            var out = CBORWriter()
            out.map(2)
            out.field("id")
            out.bytes.append(identifier.raw)
            out.field("event")
            out.bytes.append(cbor(index, &encoded).raw)
            bytes = out.bytes
        }
        return bytes
    }

    private func json(_ index: Int, _ encoded: inout Encoded) -> [UInt8] {
        if encoded.json.isEmpty { encoded.json = Array(repeating: [], count: events.count) }
        if encoded.json[index].isEmpty { events[index].writeJSON(into: &encoded.json[index]) }
        return encoded.json[index]
    }

    private func cbor(_ index: Int, _ encoded: inout Encoded) -> [UInt8] {
        if encoded.cbor.isEmpty { encoded.cbor = Array(repeating: [], count: events.count) }
        if encoded.cbor[index].isEmpty { encoded.cbor[index] = events[index].encodedAsCBOR() }
        return encoded.cbor[index]
    }
}
