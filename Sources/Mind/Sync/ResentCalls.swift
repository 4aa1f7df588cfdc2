internal import Basics

/// Does each call once, though it may be sent again while it runs or when its answer was lost.
///
/// `UnansweredCalls` behind a lock, and whoever waits for a call that is being done already.
package final class ResentCalls<Answer: Sendable>: Sendable {
    package typealias Calls = UnansweredCalls<Answer>

    private struct State {
        var calls: Calls
        var waiting: [Calls.Ticket: [CheckedContinuation<Void, Never>]] = [:]
        /// Calls that are being done.
        var running: Set<Calls.Ticket> = []
    }

    private let state: Lock<State>
    private let byteCount: @Sendable (Answer) -> Int

    /// `byteCount` says how much an answer weighs.
    package init(_ calls: Calls = Calls(), byteCount: @escaping @Sendable (Answer) -> Int) {
        state = Lock(State(calls: calls))
        self.byteCount = byteCount
    }

    /// An answer, with the ticket by which the door says what became of it.
    package struct Answered: Sendable {
        package let answer: Answer
        package let ticket: Calls.Ticket
    }

    /// Answers a call that came at `now`: by doing it, or from what was done.
    ///
    /// `began` is called at once with the ticket, for `lost`. A failure is forgotten: the call may be tried again.
    package func answer<Failure: Error>(
        _ call: Calls.Call,
        now: Int64,
        began: (Calls.Ticket) -> Void = { _ in },
        performing: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answered {
        while true {
            let arrival = state.withLock { state in
                let arrival = state.calls.arrive(call, now: now)
                if case .perform(let ticket) = arrival { state.running.insert(ticket) }
                return arrival
            }
            switch arrival {
            case .answer(let answer, let ticket):
                began(ticket)
                return Answered(answer: answer, ticket: ticket)
            case .wait(let ticket):
                // Its answer is kept when it ends well; otherwise the call is a new one.
                await end(of: ticket)
            case .perform(let ticket):
                began(ticket)
                do throws(Failure) {
                    let answer = try await performing()
                    end(ticket, with: answer)
                    return Answered(answer: answer, ticket: ticket)
                } catch {
                    end(ticket, with: nil)
                    throw error
                }
            }
        }
    }

    /// The answer was written to its connection.
    package func delivered(_ ticket: Calls.Ticket) { state.withLock { $0.calls.delivered(ticket) } }

    /// The connection went before the answer was written, or before there was one.
    package func lost(_ ticket: Calls.Ticket) { state.withLock { $0.calls.lost(ticket) } }

    private func end(of ticket: Calls.Ticket) async {
        await withCheckedContinuation { continuation in
            let isRunning = state.withLock { state in
                guard state.running.contains(ticket) else { return false }
                state.waiting[ticket, default: []].append(continuation)
                return true
            }
            if !isRunning { continuation.resume() }
        }
    }

    private func end(_ ticket: Calls.Ticket, with answer: Answer?) {
        let count = answer.map(byteCount) ?? 0
        let waiting = state.withLock { state in
            state.running.remove(ticket)
            if let answer {
                state.calls.finished(ticket, answer, byteCount: count)
            } else {
                state.calls.delivered(ticket)
            }
            return state.waiting.removeValue(forKey: ticket) ?? []
        }
        for continuation in waiting { continuation.resume() }
    }
}
