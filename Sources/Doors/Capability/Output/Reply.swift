/// What a capability answers: something that can be written in any form, and the position that it shows.
package struct Reply: Sendable {
    /// The last position that the answer knows; nil when it shows nothing of the ledger.
    package let position: Int64?
    private let write: @Sendable (inout OutputWriter) -> Void

    package init(position: Int64? = nil, _ write: @escaping @Sendable (inout OutputWriter) -> Void) {
        self.position = position
        self.write = write
    }

    package init<Content: Sendable>(_ content: Content, _ shape: Shape<Content>, position: Int64? = nil) {
        self.init(position: position) { writer in shape.write(content, &writer) }
    }

    /// As it is now; what comes later is listed.
    package func rendered(_ form: OutputWriter.Form) -> Rendition {
        var writer = OutputWriter(form)
        write(&writer)
        return writer.finished()
    }

    /// Whole, for a door that answers once: it waits for promises, and refuses a series.
    package func settled(_ form: OutputWriter.Form) async throws(Refusal) -> Rendition {
        var rendition = rendered(form)
        // From the end, so that the places before keep theirs.
        for place in rendition.pending.reversed() {
            guard case .promise(let promise) = place.deferred else { throw .streams }
            let content = try await promise().settled(form)
            rendition.fill(place, with: content)
        }
        rendition.pending = []
        return rendition
    }
}

extension Refusal {
    package static let streams = Refusal(
        .unsupportedMediaType,
        "This answer comes in pieces: ask for it by a call that takes a stream."
    )
}
