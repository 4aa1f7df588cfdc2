/// The values of a subscription as a function of a state: asked for one after the other, until it has none.
package struct Feed<State: Sendable, Output: Sendable>: AsyncSequence, Sendable {
    package typealias Element = Tracked<Output>
    package typealias Failure = Refusal
    package typealias Next = @Sendable (inout State) async throws(Refusal) -> Tracked<Output>?

    private let state: State
    private let next: Next

    package init(from state: State, next: @escaping Next) {
        self.state = state
        self.next = next
    }

    package func makeAsyncIterator() -> Iterator { Iterator(state: state, next: next) }

    package struct Iterator: AsyncIteratorProtocol {
        private var state: State
        private let next: Next

        init(state: State, next: @escaping Next) {
            self.state = state
            self.next = next
        }

        package mutating func next() async throws(Refusal) -> Tracked<Output>? { try await next(&state) }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Refusal) -> Tracked<Output>? {
            try await next(&state)
        }
    }
}
