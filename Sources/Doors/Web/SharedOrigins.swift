internal import Basics
internal import NetDriver

/// The sites whose pages may read answers (CORS): exactly these origins, and nobody else's.
package struct SharedOrigins: Sendable {
    private let origins: [[UInt8]]

    /// `origins` are a scheme, a host and perhaps a port, as `https://app.example`.
    package init(_ origins: [String] = []) { self.origins = origins.map { Self.plain(Array($0.lowercased().utf8)) } }

    var isEmpty: Bool { origins.isEmpty }

    /// Whether the page that asks is of one of them.
    func contains(_ request: HTTPRequest) -> Bool {
        guard !origins.isEmpty, request.count(of: "origin") == 1, let origin = request.field("origin") else {
            return false
        }
        return origins.contains(Self.plain(origin.copy.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }))
    }

    /// Browsers leave out the port that the scheme means anyway.
    private static func plain(_ origin: [UInt8]) -> [UInt8] {
        for (scheme, port) in [("http:", ":80"), ("https:", ":443")] {
            guard origin.starts(with: scheme.utf8), origin.reversed().starts(with: port.utf8.reversed()) else {
                continue
            }
            return Array(origin.dropLast(port.utf8.count))
        }
        return origin
    }

    // MARK: What answers say

    /// For an answer to whoever is none of them: a cache must not give it to whoever is.
    static let strangers: HTTPFields = {
        var fields = HTTPFields()
        fields.add("Vary", "Origin")
        return fields
    }()

    /// For an answer to a page of one of them.
    static func fields(for request: HTTPRequest) -> HTTPFields {
        var fields = strangers
        if let origin = request.field("origin") { fields.add("Access-Control-Allow-Origin", origin) }
        fields.add(
            "Access-Control-Expose-Headers",
            "ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id, traceresponse"
        )
        return fields
    }

    /// For the answer to a page that asks whether it may: what may be sent, and for how long that holds.
    static func preflight(_ methods: String) -> HTTPFields {
        var fields = HTTPFields()
        fields.add("Access-Control-Allow-Methods", methods)
        fields.add(
            "Access-Control-Allow-Headers",
            "Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID, X-Request-Id, traceparent, tracestate"
        )
        fields.add("Access-Control-Max-Age", 600)
        fields.add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        return fields
    }
}
