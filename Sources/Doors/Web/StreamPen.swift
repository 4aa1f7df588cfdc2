internal import Basics
package import NetDriver

/// Writes a streamed answer from tasks: whoever writes too fast waits, whoever writes to nobody is told.
package final class StreamPen: ResponseSource, Sendable {
    package enum Outcome: Sendable { case written, gone }

    private struct State {
        var stream: ResponseStream?
        var isClosed = false
        var waiting: [CheckedContinuation<Outcome, Never>] = []
        var onClose: [@Sendable () -> Void] = []
    }

    private let state = Lock(State())
    private let begin: @Sendable (StreamPen) -> Void

    /// `begin` is called once, on the loop, when the answer has begun.
    package init(_ begin: @escaping @Sendable (StreamPen) -> Void) { self.begin = begin }

    /// Whether nobody reads any more.
    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `work` when the stream has ended, however it did: at once when it has already.
    package func whenClosed(_ work: @escaping @Sendable () -> Void) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.onClose.append(work) }
            return state.isClosed
        }
        if isClosed { work() }
    }

    /// Writes a piece, and returns when the next one may come.
    package func write(_ piece: [UInt8]) async -> Outcome {
        guard let stream = state.withLock({ $0.stream }) else { return .gone }
        return await withCheckedContinuation { continuation in
            if stream.loop.isCurrent { return put(piece, stream, continuation) }
            stream.loop.execute { _ in self.put(piece, stream, continuation) }
        }
    }

    private func put(_ piece: [UInt8], _ stream: ResponseStream, _ continuation: CheckedContinuation<Outcome, Never>) {
        guard !state.withLock({ $0.isClosed }) else { return continuation.resume(returning: .gone) }
        switch stream.write(piece) {
        case .sent, .posted: continuation.resume(returning: .written)
        case .closed: continuation.resume(returning: .gone)
        case .full: state.withLock { $0.waiting.append(continuation) }
        }
    }

    /// Ends the answer in order.
    package func finish() { state.withLock { $0.stream }?.finish() }

    // MARK: The loop's

    package func writable(_ stream: ResponseStream) {
        let (isNew, waiting) = state.withLock { state in
            defer {
                state.stream = stream
                state.waiting = []
            }
            return (state.stream == nil, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: .written) }
        if isNew { begin(self) }
    }

    package func closed(_ stream: ResponseStream) {
        let (waiting, work) = state.withLock { state in
            defer {
                state.isClosed = true
                state.stream = nil
                state.waiting = []
                state.onClose = []
            }
            return (state.waiting, state.onClose)
        }
        for continuation in waiting { continuation.resume(returning: .gone) }
        for work in work { work() }
    }
}
