/// A streamed answer's state on its loop.
final class StreamedAnswer {
    let ticket: AnswerTicket
    let status: HTTPStatus
    let isChunked: Bool
    let source: any ResponseSource
    let stream: ResponseStream
    let heartbeat: Heartbeat?
    let slowReader: SlowReader
    /// What was written before its turn came: the head, and what follows.
    var early: [UInt8] = []
    var isFinished = false
    var wantsWritable = false
    var sent = 0

    init(
        _ stream: ResponseStream,
        _ status: HTTPStatus,
        isChunked: Bool,
        source: any ResponseSource,
        heartbeat: Heartbeat?,
        _ slowReader: SlowReader
    ) {
        ticket = stream.ticket
        self.stream = stream
        self.status = status
        self.isChunked = isChunked
        self.source = source
        self.heartbeat = heartbeat
        self.slowReader = slowReader
    }

    /// Appends a piece the way the answer's body is delimited.
    func encode(_ piece: [UInt8], into out: inout [UInt8]) {
        guard isChunked else { return out.append(contentsOf: piece) }
        out.append(hexadecimal: piece.count)
        out.append(literal: "\r\n")
        out.append(contentsOf: piece)
        out.append(literal: "\r\n")
    }
}

/// What becomes of a streamed answer whose reader takes too little for too long.
package enum SlowReader: Sendable {
    /// The connection is cut: the reader sees that the answer is not whole.
    case isCut
    /// The answer ends in order after the last whole piece that has begun: no piece promises another.
    case isEnded
}

/// What a stream says when it has nothing to say, so that neither side takes the other for dead.
package struct Heartbeat: Sendable {
    package let piece: [UInt8]
    package let seconds: Double

    package init(_ piece: [UInt8], every seconds: Double) {
        self.piece = piece
        self.seconds = seconds
    }
}
