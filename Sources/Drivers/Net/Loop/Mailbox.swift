internal import Basics

/// Work that comes to a loop from other threads.
final class Mailbox: Sendable {
    enum Mail: Sendable {
        case call(@Sendable (EventLoop) -> Void)
        case answer(AnswerTicket, HTTPResponse)
        case abandon(AnswerTicket)
        case frame(ConnectionToken, [UInt8])
        case job(UnownedJob, Isolation)
    }

    /// Under which executor's name a job runs.
    enum Isolation: Sendable { case task, serial }

    private struct State {
        var mail: [Mail] = []
        var isAsleep = false
    }

    private let state = Lock(State())

    enum Waking { case needed, notNeeded }

    /// Puts something in; whether the loop must be woken.
    func put(_ mail: Mail) -> Waking {
        state.withLock { state in
            state.mail.append(mail)
            defer { state.isAsleep = false }
            return state.isAsleep ? .needed : .notNeeded
        }
    }

    enum Sleep { case allowed, refused }

    /// Asks whether the loop may sleep: not while something lies here.
    func sleep() -> Sleep {
        state.withLock { state in
            guard state.mail.isEmpty else { return .refused }
            state.isAsleep = true
            return .allowed
        }
    }

    /// Exchanges what lies here for an empty array.
    func takeAll(into mail: inout [Mail]) {
        let empty = mail
        mail = state.withLock { state in
            state.isAsleep = false
            guard !state.mail.isEmpty else { return empty }
            var all = empty
            swap(&all, &state.mail)
            return all
        }
    }
}
