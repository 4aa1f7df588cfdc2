/// What an agent without numbers calls an event, so that a resend is recognised.
package struct IdempotencyKey: Identifier {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}
