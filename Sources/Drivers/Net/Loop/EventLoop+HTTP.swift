internal import Basics
internal import FilesDriver

/// The request that a handler is asked for at this moment.
@safe
struct Dispatch {
    enum Body { case untouched, taken }

    var isActive = false
    var connection = ConnectionToken(index: 0, generation: 0)
    var number: UInt32 = 0
    var head = RequestHead()
    /// The head, and what lies behind it in the buffer: only while the handler runs.
    var bytes = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var body = Body.untouched
    /// Bytes of the body that were handed over already.
    var used = 0
}

extension EventLoop {
    /// Serves the requests that lie in `bytes`; how many of the bytes are done with.
    func processHTTP(_ index: UInt32, _ bytes: UnsafeRawBufferPointer) -> Int {
        let token = token(index)
        scan = table[index].partial?.scan ?? HeadScan()
        var offset = 0
        while true {
            if table[index].body != nil {
                unsafe feed(index, bytes, &offset)
                guard table.holds(token) else { return bytes.count }
                if table[index].body != nil { return offset }
            }
            if table[index].flags.contains(.isLast) {
                if offset < bytes.count { table[index].flags.insert(.lingers) }
                return bytes.count
            }
            guard offset < bytes.count else { return offset }
            guard !mustPause(index) else {
                table[index].flags.insert(.isPaused)
                return offset
            }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
            switch unsafe parser.parse(rest.bytes, &scan) {
            case .incomplete:
                table[index].partial?.scan = scan
                return offset
            case .refused(let refusal):
                refuse(index, refusal)
                return bytes.count
            case .head(let head):
                scan = HeadScan()
                table[index].partial?.scan = scan
                table[index].flags.remove(.hasBegun)
                unsafe offset += ask(index, head, rest)
            }
            guard table.holds(token) else { return bytes.count }
        }
    }

    /// Whether the client must first read, or wait for, what it asked for.
    private func mustPause(_ index: UInt32) -> Bool {
        if out.count > limits.outputMark / 4 { flush(index) }
        guard Int(table[index].asked &- table[index].answered) < limits.pipelined else { return true }
        return (table[index].output?.count ?? 0) + (table[index].answers?.byteCount ?? 0) > limits.outputMark
    }

    /// Asks the handler; how many bytes were used.
    private func ask(_ index: UInt32, _ head: RequestHead, _ rest: UnsafeRawBufferPointer) -> Int {
        counters.requests.add()
        let ticket = takeNumber(index, head)
        guard unanswered <= limits.unanswered, buffered <= limits.bufferedBytes else {
            counters.shed.add()
            refuse(ticket, .overloaded)
            return head.byteCount
        }
        dispatch = unsafe Dispatch(
            isActive: true,
            connection: ticket.connection,
            number: ticket.number,
            head: head,
            bytes: rest
        )
        let handler = listeners[Int(table[index].listener)].handler
        let fields = parser.fields
        handler.handle(
            HTTPRequest(head, unsafe rest.bytes.part(0..<head.byteCount), fields.span),
            HTTPExchange(self, ticket)
        )
        defer { dispatch.isActive = false }
        if dispatch.body == .untouched, head.framing != .none, table.holds(ticket.connection),
            !table[index].flags.contains(.isLast)
        {
            table[index].body = BodyReader(decoder(head), .discard, limit: limits.discardedBytes, began: tick)
        }
        return head.byteCount + dispatch.used
    }

    private func takeNumber(_ index: UInt32, _ head: RequestHead) -> AnswerTicket {
        var traits: AnswerTicket.Traits = []
        if head.method == .head { traits.insert(.isHead) }
        if head.traits.contains(.isOld) { traits.insert(.isOld) }
        if head.traits.contains(.asksGzip) { traits.insert(.takesGzip) }
        if !head.keepsAlive || isDraining {
            traits.insert(.isLast)
            table[index].flags.insert(.isLast)
        }
        return takeNumber(index, traits)
    }

    func takeNumber(_ index: UInt32, _ traits: AnswerTicket.Traits) -> AnswerTicket {
        let number = table[index].asked
        table[index].asked = number &+ 1
        unanswered += 1
        return AnswerTicket(token(index), number: number, traits: traits, began: MonotonicClock().nanoseconds())
    }

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

    func readBody(_ ticket: AnswerTicket, limit: Int?, then: @escaping BodyReader.Completion) {
        guard isAsked(ticket) else { return refuse(ticket, .unanswered) }
        let (head, index) = (dispatch.head, ticket.connection.index)
        let limit = limit ?? limits.bodyBytes
        var length = 0
        if case .length(let announced) = head.framing { length = announced }
        guard length <= limit else { return refuse(ticket, .bodyTooLarge) }
        dispatch.body = .taken
        let bytes = unsafe dispatch.bytes
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
        if head.traits.contains(.expectsContinue), head.byteCount == bytes.count,
            ticket.number == table[index].answered
        {
            out.append(literal: "HTTP/1.1 100 Continue\r\n\r\n")
        }
        let kept = unsafe Array(bytes[..<head.byteCount])
        table[index].body = BodyReader(decoder(head), .collect(ticket, head: kept, then), limit: limit, began: tick)
    }

    /// Hands arrived bytes to the body that is being read.
    private func feed(_ index: UInt32, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        guard let body = table[index].body else { return }
        let span = unsafe bytes.bytes
        while true {
            let step: ChunkedDecoder.Step
            do throws(HTTPRefusal) { step = try body.decoder.step(span, at: &offset) } catch {
                return refuse(index, error)
            }
            switch step {
            case .incomplete:
                return
            case .data(let range):
                body.received += range.count
                guard body.received <= body.limit else { return refuse(index, .bodyTooLarge) }
                if case .collect = body.purpose {
                    body.collected.append(span.part(range))
                    buffered += range.count
                }
            case .end:
                return complete(index, body)
            }
        }
    }

    private func complete(_ index: UInt32, _ body: BodyReader) {
        table[index].body = nil
        buffered -= body.collected.count
        guard case .collect(let ticket, let kept, let then) = body.purpose else { return }
        var scan = HeadScan()
        guard case .head(let head) = parser.parse(kept.raw, &scan) else {
            preconditionFailure("a head that was parsed once parses again")
        }
        let (fields, collected) = (parser.fields, body.collected)
        then(HTTPRequest(head, kept.raw, fields.span), collected.raw, HTTPExchange(self, ticket))
    }
}
