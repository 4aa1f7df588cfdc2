internal import Basics
package import Capability
package import NetDriver

extension Evidence {
    /// What the head of a request shows.
    package init(_ request: HTTPRequest) {
        self.init()
        if request.count(of: "authorization") == 1, let field = request.field("authorization") {
            token = Self.bearer(field)
        }
        if let field = request.field("x-api-key") { key = String(decoding: field.copy, as: UTF8.self) }
    }

    /// What a connection's parameters show: those who open one have no header fields of their own.
    package mutating func add(connection parameters: Datum) {
        guard case .object(let entries) = parameters else { return }
        if case .text(let token) = entries["token"] {
            self.token = token
        } else if case .text(let field) = entries["authorization"] {
            token = Self.bearer(field.utf8.raw)
        }
        if case .text(let key) = entries["apiKey"] { self.key = key }
    }

    /// Whatever is no bearer's token is a bad one: its bytes are judged as they are.
    private static func bearer(_ field: RawSpan) -> String {
        let bytes = field.copy
        let value = bytes.raw
        guard value.byteCount > 7, value.part(0..<7).isSameIgnoringCase(as: "bearer ") else {
            return String(decoding: bytes, as: UTF8.self)
        }
        return String(decoding: value.part(7..<value.byteCount).trimmed.copy, as: UTF8.self)
    }
}
