/// The pages of a ledger from a position on, as they become durable: never a gap, never a repeat.
///
/// Built on `read` and `grown` alone, so every engine follows alike. A page is never empty. The sequence ends only
/// by an error or by cancellation.
package struct LedgerFollowing<Source: Ledger>: AsyncSequence, Sendable {
    package typealias Element = LedgerPage
    package typealias Failure = StoreError

    private let source: Source
    private let query: LedgerQuery

    /// Follows what `query` matches, after `query.after`; its order, `before` and `to` are ignored.
    package init(_ source: Source, _ query: LedgerQuery) {
        self.source = source
        var query = query
        query.order = .ascending
        query.before = nil
        query.to = nil
        self.query = query
    }

    package func makeAsyncIterator() -> Iterator { Iterator(source: source, query: query) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: Source
        fileprivate var query: LedgerQuery

        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(StoreError)
            -> LedgerPage?
        {
            while true {
                let page = try await source.read(query)
                query.after = Swift.max(query.after, page.examined)
                if !page.events.isEmpty { return page }
                if query.after >= page.durable { try await source.grown(beyond: query.after + 1) }
            }
        }

        package mutating func next() async throws(StoreError) -> LedgerPage? { try await next(isolation: nil) }
    }
}

extension Ledger {
    /// The events that `query` matches, page by page, now and as they come.
    package func follow(_ query: LedgerQuery) -> LedgerFollowing<Self> { LedgerFollowing(self, query) }
}
