internal import Basics
package import NetDriver

/// Media types: what a body is said to be, and what a client takes.
package enum MediaType {
    /// The best of `types` for the client, the earlier one among equals; nil when it takes none.
    package static func preferred(of types: [StaticString], by request: HTTPRequest) -> Int? {
        guard request.field("accept") != nil else { return types.isEmpty ? nil : 0 }
        var (best, weight) = (-1, 0)
        for (index, type) in types.enumerated() {
            var found = 0
            request.forEachField { name, value in
                if name.isSameIgnoringCase(as: "accept") { found = max(found, Negotiation.weight(of: type, in: value)) }
                return .next
            }
            if found > weight { (best, weight) = (index, found) }
        }
        return best < 0 ? nil : best
    }

    /// Whether a body is said to be of a type, in UTF-8 if anything is said of that.
    package static func isBody(_ request: HTTPRequest, _ type: StaticString) -> Bool {
        guard let field = request.field("content-type"), request.count(of: "content-type") == 1 else { return false }
        let end = field.firstIndex(of: UInt8(ascii: ";")) ?? field.byteCount
        guard field.part(0..<end).trimmed.isSameIgnoringCase(as: type) else { return false }
        guard end < field.byteCount else { return true }
        let parameter = field.part(end + 1..<field.byteCount).trimmed
        return parameter.byteCount == 0 || parameter.isSameIgnoringCase(as: "charset=utf-8")
            || parameter.isSameIgnoringCase(as: "charset=\"utf-8\"")
    }

    /// Whether the body comes as it is, and not compressed.
    package static func isPlain(_ request: HTTPRequest) -> Bool {
        guard let coding = request.field("content-encoding") else { return true }
        return coding.isSameIgnoringCase(as: "identity")
    }
}
