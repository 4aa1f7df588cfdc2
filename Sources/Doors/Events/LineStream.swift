internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// Sends the events of a query as JSON lines, page by page, as fast as the reader takes them.
final class LineStream: ResponseSource, Sendable {
    private struct State {
        var query: LedgerQuery
        var remaining: Int
        var isBusy = false
        /// Reads the next page.
        var reading: TaskScope.Ticket?
    }

    private let ledger: any Ledger
    private let tasks: TaskScope
    private let state: Lock<State>

    init(_ query: LedgerQuery, _ ledger: any Ledger, _ tasks: TaskScope) {
        self.ledger = ledger
        self.tasks = tasks
        state = Lock(State(query: query, remaining: query.limit))
    }

    func writable(_ stream: ResponseStream) {
        let next: LedgerQuery? = state.withLock { state in
            guard !state.isBusy, state.remaining > 0 else { return nil }
            state.isBusy = true
            var query = state.query
            query.limit = min(512, state.remaining)
            query.byteLimit = 128 << 10
            return query
        }
        guard let next else { return }
        let ledger = ledger
        let reading = tasks.start {
            do throws(StoreError) {
                let page = try await ledger.read(next)
                var lines: [UInt8] = []
                for event in page.events {
                    event.writeJSON(into: &lines)
                    lines.append(UInt8(ascii: "\n"))
                }
                let piece = lines
                stream.loop.execute { _ in self.take(page, piece, stream) }
            } catch {
                // The reader sees that the answer is not whole.
                stream.abort()
            }
        }
        guard let reading else { return stream.abort() }
        state.withLock { $0.reading = reading }
    }

    private func take(_ page: LedgerPage, _ lines: [UInt8], _ stream: ResponseStream) {
        let isDone = state.withLock { state in
            state.isBusy = false
            state.remaining -= page.events.count
            guard let next = page.next, state.remaining > 0 else {
                state.remaining = 0
                return true
            }
            if state.query.order == .ascending { state.query.after = next } else { state.query.before = next }
            return false
        }
        let outcome = lines.isEmpty ? .sent : stream.write(lines)
        if isDone { return stream.finish() }
        if outcome == .sent { writable(stream) }
    }

    /// The reader has gone: what is being read for it is read for nobody.
    func closed(_ stream: ResponseStream) {
        let reading = state.withLock { state in
            state.remaining = 0
            return state.reading
        }
        reading?.cancel()
    }
}
