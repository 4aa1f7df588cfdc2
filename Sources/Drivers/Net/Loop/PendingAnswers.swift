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
    private(set) var byteCount = 0

    var isEmpty: Bool { parked.isEmpty }

    func park(_ answer: Parked) {
        byteCount += answer.bytes.count + answer.body.count
        parked[answer.ticket.number] = answer
    }

    /// The answer of that rank, when it was given.
    func take(_ number: UInt32) -> Parked? {
        guard let answer = parked.removeValue(forKey: number) else { return nil }
        byteCount -= answer.bytes.count + answer.body.count
        return answer
    }
}
