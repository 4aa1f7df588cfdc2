/// What a parsed head says, as places in its bytes: a plain value that owns nothing.
struct RequestHead: Sendable, Equatable {
    /// Some bytes of the head.
    struct Place: Sendable, Equatable {
        var start: UInt16
        var count: UInt16

        init(_ start: Int, _ end: Int) {
            self.start = UInt16(truncatingIfNeeded: start)
            self.count = UInt16(truncatingIfNeeded: end &- start)
        }

        var range: Range<Int> { Int(start)..<Int(start) &+ Int(count) }
        static let none = Place(0, 0)
    }

    /// A header field: its name, and its value without blanks around it.
    struct Field: Sendable, Equatable {
        var name: Place
        var value: Place
    }

    /// How the body is delimited.
    enum Framing: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    struct Traits: OptionSet, Sendable {
        let rawValue: UInt16
        /// HTTP/1.0.
        static let isOld = Traits(rawValue: 1)
        static let saysClose = Traits(rawValue: 2)
        static let saysKeepAlive = Traits(rawValue: 4)
        static let saysUpgrade = Traits(rawValue: 8)
        static let expectsContinue = Traits(rawValue: 16)
        static let hasQuery = Traits(rawValue: 32)
        /// `Upgrade` names `websocket`.
        static let asksWebSocket = Traits(rawValue: 64)
        static let asksGzip = Traits(rawValue: 128)
    }

    var method = HTTPMethod.get
    var traits: Traits = []
    var framing = Framing.none
    /// As it stands in the request line.
    var target = Place.none
    var path = Place.none
    var query = Place.none
    /// From the target when it names one, else from `Host`.
    var host = Place.none
    /// All of it, the empty line included.
    var byteCount = 0

    /// Whether the connection may carry another request after this one.
    var keepsAlive: Bool {
        if traits.contains(.saysClose) { return false }
        return !traits.contains(.isOld) || traits.contains(.saysKeepAlive)
    }
}
