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
            if table[index].phase == .webSocket {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
                return unsafe offset + processFrames(index, rest.bytes)
            }
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
    func mustPause(_ index: UInt32) -> Bool {
        if out.count > limits.outputMark / 4 { flush(index) }
        guard Int(table[index].asked &- table[index].answered) < limits.pipelined else { return true }
        return (table[index].output?.count ?? 0) + (table[index].answers?.byteCount ?? 0) > limits.outputMark
    }

    /// Asks the handler; how many bytes were used.
    private func ask(_ index: UInt32, _ head: RequestHead, _ rest: UnsafeRawBufferPointer) -> Int {
        counters.requests.add()
        let ticket = takeNumber(index, head)
        dispatch = unsafe Dispatch(
            isActive: true,
            connection: ticket.connection,
            number: ticket.number,
            head: head,
            bytes: rest
        )
        if unanswered <= limits.unanswered, buffered <= limits.bufferedBytes {
            let handler = listeners[Int(table[index].listener)].handler
            let fields = parser.fields
            handler.handle(
                HTTPRequest(head, unsafe rest.bytes.part(0..<head.byteCount), fields.span),
                HTTPExchange(self, ticket)
            )
        } else {
            // Its body is still read over, or it would pass for a request.
            counters.shed.add()
            refuse(ticket, .overloaded)
        }
        defer { dispatch.isActive = false }
        if dispatch.body == .untouched, head.framing != .none, table.holds(ticket.connection) {
            if table[index].flags.contains(.isLast) {
                table[index].flags.insert(.lingers)
            } else {
                table[index].body = BodyReader(decoder(head), .discard, limit: limits.discardedBytes, began: tick)
            }
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
}
