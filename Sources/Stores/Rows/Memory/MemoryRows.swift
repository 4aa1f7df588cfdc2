internal import Basics
package import Model
package import Ports

/// Rows in the memory of the process: gone with it, and the model that other engines are compared with.
///
/// A write holds everyone else up as long as its body runs; a read copies references and holds up nobody.
package final class MemoryRows: Rows {
    private let state = Lock(State())

    package init() {}

    package func adopt(_ view: ViewSchema) async throws(StoreError) -> Position? {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            try state.catalogue.add(view)
            state[view.name, .shadow] = nil
            if let kept = state[view.name, .live] { return kept.position }
            state[view.name, .live] = MemoryContent(view)
            return nil
        }
    }

    package func write<Result: Sendable>(
        _ view: ViewName,
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsTransaction) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            let schema = try state.catalogue.schema(of: view)
            try RowsConfinement.checkWritable(generation, of: view)
            // Taken out, so that the transaction owns the rows and changes them in place.
            let isThere = state[view, generation] != nil
            let transaction = MemoryTransaction(schema, state.take(view, generation))
            do throws(StoreError) {
                let result = try body(transaction)
                state[view, generation] = transaction.content
                return result
            } catch {
                transaction.undo()
                state[view, generation] = isThere ? transaction.content : nil
                throw error
            }
        }
    }

    package func read<Result: Sendable>(
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsSnapshot) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let (catalogue, contents) = try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return (state.catalogue, state.contents[generation] ?? [:])
        }
        return try body(MemorySnapshot(catalogue, contents))
    }

    package func discard(_ view: ViewName, _ generation: Generation) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            let schema = try state.catalogue.schema(of: view)
            state[view, generation] = generation == .live ? MemoryContent(schema) : nil
        }
    }

    package func promote(_ view: ViewName) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            _ = try state.catalogue.schema(of: view)
            let shadow = try state.existing(view, .shadow, "promote a view")
            try RowsConfinement.checkPromotion(of: view, from: state[view, .live]?.position, to: shadow.position)
            state[view, .live] = shadow
            state[view, .shadow] = nil
        }
    }

    package func copy(_ view: ViewName, from source: Generation, to copy: Generation) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            _ = try state.catalogue.schema(of: view)
            try RowsConfinement.checkCopy(of: view, from: source, to: copy)
            state[view, copy] = try state.existing(view, source, "copy a view")
        }
    }

    package func purge() async throws(StoreError) {
        try state.withLock { state throws(StoreError) in try state.checkOpen() }
    }

    package func positions() async throws(StoreError) -> [ViewPosition] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return state.catalogue.views.values
                .map { ViewPosition($0.name, at: state[$0.name, .live]?.position, version: $0.version) }
                .sorted { $0.view < $1.view }
        }
    }

    package func close() async {
        state.withLock { state in state = State(isClosed: true) }
    }
}

private struct State: Sendable {
    var catalogue = RowsCatalogue()
    var contents: [Generation: [ViewName: MemoryContent]] = [:]
    var isClosed = false

    func checkOpen() throws(StoreError) {
        if isClosed { throw StoreError(.cancelled, in: "use rows", engine: "memory", context: "closed before") }
    }

    /// The rows of a view; nil when the generation is not there.
    subscript(view: ViewName, generation: Generation) -> MemoryContent? {
        get { contents[generation]?[view] }
        set { contents[generation, default: [:]][view] = newValue }
    }

    func existing(
        _ view: ViewName,
        _ generation: Generation,
        _ operation: StaticString
    ) throws(StoreError) -> MemoryContent {
        guard let content = self[view, generation] else {
            throw StoreError(.notFound, in: operation, engine: "memory", context: "\(view) has no \(generation)")
        }
        return content
    }

    mutating func take(_ view: ViewName, _ generation: Generation) -> MemoryContent? {
        contents[generation]?.removeValue(forKey: view)
    }
}
