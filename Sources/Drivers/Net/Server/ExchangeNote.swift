/// What a handler knows of an exchange from its beginning to its end, however it is answered.
package final class ExchangeNote: Sendable {
    /// Stand in the head of the answer, after its own.
    package let fields: HTTPFields
    /// The handler's own.
    package let content: any AnyObject & Sendable

    package init(_ content: any AnyObject & Sendable, fields: HTTPFields) {
        self.fields = fields
        self.content = content
    }
}
