/// A request's body while it arrives, and what it is for.
final class BodyReader {
    typealias Completion = (_ request: HTTPRequest, _ body: RawSpan, _ exchange: consuming HTTPExchange) -> Void

    enum Purpose {
        /// Nobody wants it: it is read over.
        case discard
        /// It is wanted whole, together with its head.
        case collect(AnswerTicket, head: [UInt8], Completion)
        /// It is wanted as it comes.
        case pass(AnswerTicket, any BodyConsumer)
    }

    var decoder: BodyDecoder
    let purpose: Purpose
    let limit: Int
    /// When it began, in ticks; later by the time that its consumer made it wait.
    var began: UInt32
    var paused: UInt32 = 0
    var received = 0
    var collected: [UInt8] = []

    init(_ decoder: BodyDecoder, _ purpose: Purpose, limit: Int, began: UInt32) {
        self.decoder = decoder
        self.purpose = purpose
        self.limit = limit
        self.began = began
    }
}
