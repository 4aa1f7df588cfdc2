import Basics
import Testing

@testable import NetDriver

/// A request as a test writes it: read by the wire's own parser, without a wire.
struct RequestText {
    var first = "GET / HTTP/1.1"
    var fields: [(name: String, value: String)] = [("Host", "127.0.0.1")]

    init(_ method: String = "GET", _ target: String = "/", _ fields: [(name: String, value: String)] = []) {
        first = "\(method) \(target) HTTP/1.1"
        self.fields = fields.contains { $0.name == "Host" } ? fields : self.fields + fields
    }

    /// What `body` makes of the request.
    func read<Result>(_ body: (HTTPRequest) throws -> Result) throws -> Result {
        let text = ([first] + fields.map { "\($0.name): \($0.value)" }).joined(separator: "\r\n") + "\r\n\r\n"
        let bytes = Array(text.utf8)
        var parser = RequestParser(limits: NetLimits())
        var scan = HeadScan()
        guard case .head(let head) = parser.parse(bytes.raw, &scan) else { throw NotARequest(text: text) }
        let fields = parser.fields
        return try body(HTTPRequest(head, bytes.raw, fields.span))
    }

    struct NotARequest: Error { let text: String }
}
