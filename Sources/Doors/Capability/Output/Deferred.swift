/// What an answer holds a place for: it comes when it is there.
package enum Deferred: Sendable {
    case promise(@Sendable () async throws(Refusal) -> Reply)
    /// Asked again and again; it ends after the step that says so.
    case series(@Sendable () async throws(Refusal) -> SeriesStep<Reply, Reply>)
}

/// A part of an answer that takes longer than the rest.
///
/// It stands at the top of an output, or as one of its fields; a door that cannot send it later waits for it.
package struct Promise<Content: Sendable>: Sendable {
    package let content: @Sendable () async throws(Refusal) -> Content

    package init(_ content: @escaping @Sendable () async throws(Refusal) -> Content) { self.content = content }
}

/// A part of an answer that comes element by element, and ends with a value of its own.
package struct Series<Element: Sendable, Ending: Sendable>: Sendable {
    package let next: @Sendable () async throws(Refusal) -> SeriesStep<Element, Ending>

    package init(_ next: @escaping @Sendable () async throws(Refusal) -> SeriesStep<Element, Ending>) {
        self.next = next
    }
}

package enum SeriesStep<Element: Sendable, Ending: Sendable>: Sendable {
    case element(Element)
    case end(Ending)
}

extension Shape {
    package static func promise<Kept: Sendable>(of kept: Shape<Kept>) -> Shape where Content == Promise<Kept> {
        Shape(
            .promise(kept.schema),
            read: { _, reading in
                reading.fail(.other, "promises are made, not taken")
                return nil
            },
            write: { promise, writer in
                writer.later(.promise { () async throws(Refusal) in Reply(try await promise.content(), kept) })
            }
        )
    }

    package static func series<Element: Sendable, Ending: Sendable>(
        of element: Shape<Element>,
        ending: Shape<Ending>
    ) -> Shape where Content == Series<Element, Ending> {
        Shape(
            .series(element.schema, ending: ending.schema),
            read: { _, reading in
                reading.fail(.other, "a series is sent, not taken")
                return nil
            },
            write: { series, writer in
                writer.later(
                    .series { () async throws(Refusal) in
                        switch try await series.next() {
                        case .element(let content): .element(Reply(content, element))
                        case .end(let content): .end(Reply(content, ending))
                        }
                    }
                )
            }
        )
    }
}
