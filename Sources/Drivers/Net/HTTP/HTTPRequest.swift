internal import Basics

/// A request's head, in place: valid while its handler runs, and not beyond.
///
/// Nothing is copied and no text is made: every part is bytes of the connection's buffer. Take out what you need
/// before you answer later.
package struct HTTPRequest: ~Escapable {
    let head: RequestHead
    private let bytes: RawSpan
    private let fields: Span<RequestHead.Field>

    @_lifetime(copy bytes, copy fields)
    init(_ head: RequestHead, _ bytes: RawSpan, _ fields: Span<RequestHead.Field>) {
        self.head = head
        self.bytes = bytes
        self.fields = fields
    }

    package var method: HTTPMethod { head.method }

    /// The path as it was sent, escapes and all; it begins with `/`, but for `OPTIONS *` and an empty absolute one.
    package var path: RawSpan { @_lifetime(copy self) get { bytes.part(head.path.range) } }

    /// What follows the `?`, as it was sent; nil when there is no `?`.
    package var query: RawSpan? {
        @_lifetime(copy self) get {
            guard head.traits.contains(.hasQuery) else { return nil }
            return bytes.part(head.query.range)
        }
    }

    /// The request target as it was sent.
    package var target: RawSpan { @_lifetime(copy self) get { bytes.part(head.target.range) } }

    /// Host and perhaps port: the target's if it names one, else the field's; empty when HTTP/1.0 sends none.
    package var host: RawSpan { @_lifetime(copy self) get { bytes.part(head.host.range) } }

    /// Whether a body was announced.
    package var hasBody: Bool { head.framing != .none }

    /// The body's length, when it was announced: 0 without a body, nil when it is chunked.
    package var bodyLength: Int? {
        switch head.framing {
        case .none: 0
        case .length(let length): length
        case .chunked: nil
        }
    }

    /// Whether the client asks for a WebSocket.
    package var asksWebSocket: Bool {
        head.traits.isSuperset(of: [.asksWebSocket, .saysUpgrade])
    }

    /// Whether the client takes gzip.
    package var takesGzip: Bool { head.traits.contains(.asksGzip) }

    /// The first field of that name, which is given in lower case; nil when there is none.
    @_lifetime(copy self)
    package func field(_ lowercaseName: StaticString) -> RawSpan? {
        for index in fields.indices {
            let field = fields[index]
            guard Int(field.name.count) == lowercaseName.utf8CodeUnitCount else { continue }
            if bytes.part(field.name.range).isSameIgnoringCase(as: lowercaseName) {
                return bytes.part(field.value.range)
            }
        }
        return nil
    }

    /// How many fields have that name, which is given in lower case.
    package func count(of lowercaseName: StaticString) -> Int {
        var count = 0
        forEachField { name, _ in
            if name.isSameIgnoringCase(as: lowercaseName) { count += 1 }
            return .next
        }
        return count
    }

    /// Whether the client offers that WebSocket subprotocol.
    package func offers(subprotocol: StaticString) -> Bool {
        var isOffered = false
        forEachField { name, value in
            guard name.isSameIgnoringCase(as: "sec-websocket-protocol") else { return .next }
            value.forEachElement { element in
                if element.isSame(as: subprotocol) { isOffered = true }
                return .next
            }
            return .next
        }
        return isOffered
    }

    /// Calls `body` with each name and value in the order of arrival, until it answers `.stop`.
    package func forEachField(_ body: (_ name: RawSpan, _ value: RawSpan) -> Visit) {
        for index in fields.indices {
            let field = fields[index]
            if body(bytes.part(field.name.range), bytes.part(field.value.range)) == .stop { return }
        }
    }
}
