internal import Basics

/// A whole answer as a value: for handlers that answer later, or from elsewhere.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var fields: HTTPFields
    /// Shared, not copied, when it is large.
    package var body: [UInt8]
    package var compression: Compression

    /// Whether a body may be sent in gzip when the client takes that and it is worth while.
    ///
    /// Say `.never` for what is compressed already, and where a secret and a stranger's words share a body.
    package enum Compression: Sendable { case never, whenAsked }

    package init(
        _ status: HTTPStatus,
        fields: HTTPFields = .none,
        body: [UInt8] = [],
        compression: Compression = .never
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.compression = compression
    }
}

extension HTTPResponse {
    /// Whether compression is still to be decided.
    var isCompressible: Bool { compression == .whenAsked && body.count >= Gzip.leastBytes }

    /// Decides on compression, up to so many bytes of body.
    mutating func compress(for ticket: AnswerTicket, _ gzip: Gzip, upTo mostBytes: Int) {
        compression = .never
        fields.add("Vary", "Accept-Encoding")
        guard ticket.traits.contains(.takesGzip), body.count <= mostBytes else { return }
        guard let shorter = gzip.compress(body.raw) else { return }
        body = shorter
        fields.add("Content-Encoding", "gzip")
    }
}
