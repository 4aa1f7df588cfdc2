internal import Basics

extension EventLoop {
    func decoder(_ head: RequestHead) -> BodyDecoder {
        switch head.framing {
        case .none: .length(0)
        case .length(let length): .length(length)
        case .chunked: .chunked(ChunkedDecoder(limits: limits))
        }
    }

    // MARK: Bodies

    /// Whether the handler may still say what is to become of its request's body.
    private func isAsked(_ ticket: AnswerTicket) -> Bool {
        dispatch.isActive && dispatch.connection == ticket.connection && dispatch.number == ticket.number
            && dispatch.body == .untouched
    }

    /// The ticket as it stands when the handler decided not to read the body: too large a one ends the connection.
    func settled(_ ticket: AnswerTicket) -> AnswerTicket {
        guard isAsked(ticket), dispatch.head.framing != .none else { return ticket }
        var isTooLarge = dispatch.head.traits.contains(.expectsContinue)
        if case .length(let length) = dispatch.head.framing, length > limits.discardedBytes { isTooLarge = true }
        guard isTooLarge else { return ticket }
        var ticket = ticket
        ticket.traits.insert(.isLast)
        table[ticket.connection.index].flags.insert([.isLast, .lingers])
        return ticket
    }

    /// Whether the body may be read; when not, the request is refused.
    private func mayRead(_ ticket: AnswerTicket, limit: Int) -> Bool {
        guard isAsked(ticket) else {
            refuse(ticket, .unanswered)
            return false
        }
        if case .length(let length) = dispatch.head.framing, length > limit {
            refuse(ticket, .bodyTooLarge)
            return false
        }
        dispatch.body = .taken
        return true
    }

    func readBody(_ ticket: AnswerTicket, limit: Int?, then: @escaping BodyReader.Completion) {
        let limit = limit ?? limits.bodyBytes
        guard mayRead(ticket, limit: limit) else { return }
        let head = dispatch.head
        let bytes = unsafe dispatch.bytes
        var length = 0
        if case .length(let announced) = head.framing { length = announced }
        if head.framing != .chunked, head.byteCount + length <= bytes.count {
            dispatch.used = length
            let fields = parser.fields
            let request = unsafe HTTPRequest(head, bytes.bytes.part(0..<head.byteCount), fields.span)
            then(
                request,
                unsafe bytes.bytes.part(head.byteCount..<head.byteCount + length),
                HTTPExchange(self, ticket)
            )
            return
        }
        let kept = unsafe Array(bytes[..<head.byteCount])
        expectBody(BodyReader(decoder(head), .collect(ticket, head: kept, then), limit: limit, began: tick), ticket)
    }

    func readBody(_ ticket: AnswerTicket, limit: Int?, into consumer: any BodyConsumer) {
        let limit = limit ?? limits.bodyBytes
        guard mayRead(ticket, limit: limit) else { return consumer.abandoned() }
        expectBody(BodyReader(decoder(dispatch.head), .pass(ticket, consumer), limit: limit, began: tick), ticket)
    }

    private func expectBody(_ body: BodyReader, _ ticket: AnswerTicket) {
        let index = ticket.connection.index
        if dispatch.head.traits.contains(.expectsContinue), unsafe dispatch.head.byteCount == dispatch.bytes.count,
            ticket.number == table[index].answered
        {
            out.append(literal: "HTTP/1.1 100 Continue\r\n\r\n")
        }
        table[index].body = body
    }

    /// Hands arrived bytes to the body that is being read.
    func feed(_ index: UInt32, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        guard let body = table[index].body else { return }
        let span = unsafe bytes.bytes
        while true {
            let step: ChunkedDecoder.Step
            do throws(HTTPRefusal) { step = try body.decoder.step(span, at: &offset) } catch {
                return refuse(index, error)
            }
            switch step {
            case .incomplete:
                // What will be too much is refused before it comes.
                if body.received + body.decoder.announced > body.limit { refuse(index, .bodyTooLarge) }
                return
            case .data(let range):
                body.received += range.count
                guard body.received + body.decoder.announced <= body.limit else { return refuse(index, .bodyTooLarge) }
                guard pass(span.part(range), to: body, index) == .next else { return }
            case .end:
                return complete(index, body)
            }
        }
    }

    /// Gives a piece to whoever wants it; whether more may follow at once.
    private func pass(_ piece: RawSpan, to body: BodyReader, _ index: UInt32) -> Visit {
        switch body.purpose {
        case .discard:
            return .next
        case .collect:
            body.collected.append(piece)
            buffered += piece.byteCount
            return .next
        case .pass(let ticket, let consumer):
            switch consumer.receive(piece, BodyFlow(loop: self, connection: ticket.connection)) {
            case .more: return .next
            case .pause:
                pauseReading(ticket.connection)
                return .stop
            case .answer(let response):
                table[index].body = nil
                table[index].flags.insert([.isLast, .lingers])
                var last = ticket
                last.traits.insert(.isLast)
                answer(last, response)
                return .stop
            }
        }
    }

    private func complete(_ index: UInt32, _ body: BodyReader) {
        table[index].body = nil
        buffered -= body.collected.count
        if case .pass(let ticket, let consumer) = body.purpose { consumer.end(HTTPExchange(self, ticket)) }
        guard case .collect(let ticket, let kept, let then) = body.purpose else { return endIfLast(index) }
        var scan = HeadScan()
        guard case .head(let head) = parser.parse(kept.raw, &scan) else {
            preconditionFailure("a head that was parsed once parses again")
        }
        let (fields, collected) = (parser.fields, body.collected)
        then(HTTPRequest(head, kept.raw, fields.span), collected.raw, HTTPExchange(self, ticket))
    }

    /// A body that was read over may have been the last thing that kept the connection.
    private func endIfLast(_ index: UInt32) {
        guard table[index].flags.contains(.isLast), table[index].asked == table[index].answered else { return }
        table[index].flags.insert(.endsWhenSent)
    }
}
