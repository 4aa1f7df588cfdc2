internal import Basics
internal import NetDriver
internal import Web

/// Writes to a socket from tasks: whoever writes too fast waits, whoever writes to nobody is told.
final class SocketPen: Sendable {
    private struct State {
        var isClosed = false
        var waiting: [CheckedContinuation<StreamPen.Outcome, Never>] = []
    }

    private let socket: WebSocket
    private let state = Lock(State())

    init(_ socket: WebSocket) { self.socket = socket }

    /// Writes a message, and returns when the next one may come.
    func write(_ frame: WebSocketFrame) async -> StreamPen.Outcome {
        await withCheckedContinuation { continuation in
            if socket.loop.isCurrent { return put(frame, continuation) }
            socket.loop.execute { _ in self.put(frame, continuation) }
        }
    }

    private func put(_ frame: WebSocketFrame, _ continuation: CheckedContinuation<StreamPen.Outcome, Never>) {
        guard !state.withLock({ $0.isClosed }) else { return continuation.resume(returning: .gone) }
        switch socket.send(frame) {
        case .sent, .posted: continuation.resume(returning: .written)
        case .closed: continuation.resume(returning: .gone)
        case .full: state.withLock { $0.waiting.append(continuation) }
        }
    }

    func writable() {
        for continuation in taken() { continuation.resume(returning: .written) }
    }

    func closed() {
        state.withLock { $0.isClosed = true }
        for continuation in taken() { continuation.resume(returning: .gone) }
    }

    private func taken() -> [CheckedContinuation<StreamPen.Outcome, Never>] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
