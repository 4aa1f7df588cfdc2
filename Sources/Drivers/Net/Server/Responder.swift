internal import Synchronization

/// A claim to one answer that may be given later, from any thread.
///
/// Answers to a connection that is gone are dropped; under pipelining an early answer waits for its turn. A responder
/// that is dropped without an answer answers 500.
package final class Responder: Sendable {
    package let loop: EventLoop
    private let ticket: AnswerTicket
    private let isUsed = Atomic(false)

    init(_ loop: EventLoop, _ ticket: AnswerTicket) {
        self.loop = loop
        self.ticket = ticket
    }

    deinit {
        guard !isUsed.load(ordering: .relaxed) else { return }
        if loop.isCurrent { loop.refuse(ticket, .unanswered) } else { loop.post(.abandon(ticket)) }
    }

    /// Answers; only the first answer counts.
    package func respond(_ response: HTTPResponse) {
        guard !isUsed.exchange(true, ordering: .relaxed) else { return }
        if loop.isCurrent { return loop.answer(ticket, response) }
        var response = response
        // This thread's time is cheaper than the loop's, for which others wait.
        if response.isCompressible { response.compress(for: ticket, Gzip(), upTo: .max) }
        loop.post(.answer(ticket, response))
    }
}
