/// A value of a subscription, with the identifier by which a reader that was cut off resumes after it.
package struct Tracked<Content: Sendable>: Sendable {
    /// Nil when nobody can resume here.
    package let id: String?
    package let content: Content

    package init(_ content: Content, id: String? = nil) {
        self.content = content
        self.id = id
    }
}

/// A subscription that has begun: whoever runs it is given its values one by one.
package struct Subscription: Sendable {
    /// Takes a value, and returns when the next one may come.
    package typealias Delivery = @Sendable (Tracked<Reply>) async -> Void

    /// Delivers until there is nothing more, until it is refused, or until its task is cancelled.
    package let run: @Sendable (@escaping Delivery) async throws(Refusal) -> Void

    package init<Values: AsyncSequence & Sendable, Output: Sendable>(_ values: Values, _ shape: Shape<Output>)
    where Values.Element == Tracked<Output>, Values.Failure == Refusal {
        run = { (deliver) async throws(Refusal) in
            for try await value in values {
                await deliver(Tracked(Reply(value.content, shape), id: value.id))
                guard !Task.isCancelled else { return }
            }
        }
    }
}
