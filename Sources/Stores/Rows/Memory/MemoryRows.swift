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
            state.shadow[view.name] = nil
            if let kept = state.live[view.name] { return kept.position }
            state.live[view.name] = MemoryContent(view)
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
            // Taken out, so that the transaction owns the rows and changes them in place.
            let isThere = state.has(view, generation)
            let transaction = MemoryTransaction(schema, state.take(view, generation))
            do throws(StoreError) {
                let result = try body(transaction)
                state.put(transaction.content, view, generation)
                return result
            } catch {
                transaction.undo()
                state.put(isThere ? transaction.content : nil, view, generation)
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
            return (state.catalogue, generation == .live ? state.live : state.shadow)
        }
        return try body(MemorySnapshot(catalogue, contents))
    }

    package func discard(_ view: ViewName, _ generation: Generation) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            let schema = try state.catalogue.schema(of: view)
            switch generation {
            case .live: state.live[view] = MemoryContent(schema)
            case .shadow: state.shadow[view] = nil
            }
        }
    }

    package func promote(_ view: ViewName) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            _ = try state.catalogue.schema(of: view)
            guard let shadow = state.shadow[view] else {
                throw StoreError(.notFound, in: "promote a view", engine: "memory", context: "\(view) has no shadow")
            }
            try RowsConfinement.checkPromotion(of: view, from: state.live[view]?.position, to: shadow.position)
            state.live[view] = shadow
            state.shadow[view] = nil
        }
    }

    package func purge() async throws(StoreError) {
        try state.withLock { state throws(StoreError) in try state.checkOpen() }
    }

    package func positions() async throws(StoreError) -> [ViewPosition] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return state.catalogue.views.values
                .map { ViewPosition($0.name, at: state.live[$0.name]?.position, version: $0.version) }
                .sorted { $0.view < $1.view }
        }
    }

    package func close() async {
        state.withLock { state in state = State(isClosed: true) }
    }
}

private struct State: Sendable {
    var catalogue = RowsCatalogue()
    var live: [ViewName: MemoryContent] = [:]
    var shadow: [ViewName: MemoryContent] = [:]
    var isClosed = false

    func checkOpen() throws(StoreError) {
        if isClosed { throw StoreError(.cancelled, in: "use rows", engine: "memory", context: "closed before") }
    }

    func has(_ view: ViewName, _ generation: Generation) -> Bool { generation == .live || shadow[view] != nil }

    /// The rows of a view, nil when the shadow is not there.
    mutating func take(_ view: ViewName, _ generation: Generation) -> MemoryContent? {
        switch generation {
        case .live: live.removeValue(forKey: view)
        case .shadow: shadow.removeValue(forKey: view)
        }
    }

    mutating func put(_ content: MemoryContent?, _ view: ViewName, _ generation: Generation) {
        switch generation {
        case .live: live[view] = content
        case .shadow: shadow[view] = content
        }
    }
}
