/// Answers of one connection that were given before their turn.
final class PendingAnswers {
    struct Parked {
        let ticket: AnswerTicket
        let status: HTTPStatus
        var bytes: [UInt8]
        var body: [UInt8]
        let sent: Int
    }

    private var parked: [UInt32: Parked] = [:]
    private var parkedBytes = 0
    /// Streamed answers, until they end, by rank.
    var streams: [UInt32: StreamedAnswer] = [:]

    var isEmpty: Bool { parked.isEmpty && streams.isEmpty }

    /// What waits for its turn.
    var byteCount: Int { streams.values.reduce(parkedBytes) { $0 + $1.early.count } }

    func park(_ answer: Parked) {
        parkedBytes += answer.bytes.count + answer.body.count
        parked[answer.ticket.number] = answer
    }

    /// The answer of that rank, when it was given.
    func take(_ number: UInt32) -> Parked? {
        guard let answer = parked.removeValue(forKey: number) else { return nil }
        parkedBytes -= answer.bytes.count + answer.body.count
        return answer
    }
}
