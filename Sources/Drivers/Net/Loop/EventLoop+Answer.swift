internal import Basics
internal import FilesDriver

extension EventLoop {
    /// A body from here on is sent as it lies, beside the head; a smaller one is copied behind it.
    static var sharedBytes: Int { 16 * 1024 }

    func answer(_ ticket: AnswerTicket, _ given: HTTPResponse) {
        var response = given
        if response.isCompressible {
            let gzip = gzip ?? Gzip()
            self.gzip = gzip
            response.compress(for: ticket, gzip, upTo: Gzip.mostBytes)
        }
        if response.body.count < Self.sharedBytes {
            return answer(ticket, response.status, response.fields.lines, response.body.raw)
        }
        deliver(ticket, response.status, response.fields.lines, length: response.body.count) { [response] _ in
            response.body
        }
    }

    func answer(_ ticket: AnswerTicket, _ status: HTTPStatus, _ fields: [UInt8], _ body: RawSpan) {
        deliver(ticket, status, fields, length: body.byteCount) { out in
            out.append(body)
            return []
        }
    }

    /// Refuses a request that the handler has, or has had.
    func refuse(_ ticket: AnswerTicket, _ refusal: HTTPRefusal) {
        guard table.holds(ticket.connection) else { return }
        let index = ticket.connection.index
        var ticket = ticket
        if refusal != .unanswered, refusal != .overloaded {
            counters.refused.add()
            ticket.traits.insert(.isLast)
            table[index].flags.insert([.isLast, .lingers])
        }
        var response = listeners[Int(table[index].listener)].handler.response(to: refusal, note: &ticket.note)
        if refusal == .overloaded { response.fields.add("Retry-After", limits.retryAfterSeconds) }
        answer(ticket, response)
    }

    /// Refuses what a connection sends; nothing more is read from it.
    func refuse(_ index: UInt32, _ refusal: HTTPRefusal) {
        table[index].flags.insert([.isLast, .lingers])
        var wanting: AnswerTicket?
        if let body = table[index].body {
            table[index].body = nil
            buffered -= body.collected.count
            // A body that nobody wanted has its answer already, or will have.
            switch body.purpose {
            case .discard: return endAfterAnswers(index)
            case .collect(let ticket, _, _): wanting = ticket
            case .pass(let ticket, let consumer):
                wanting = ticket
                consumer.abandoned()
            }
        }
        refuse(wanting ?? takeNumber(index, []), refusal)
    }

    /// Ends the connection when what was asked is answered.
    private func endAfterAnswers(_ index: UInt32) {
        if table[index].asked == table[index].answered { table[index].flags.insert(.endsWhenSent) }
    }

    /// Brings an answer to its connection, or keeps it until it is its turn; drops it when the connection is gone.
    private func deliver(
        _ given: AnswerTicket,
        _ status: HTTPStatus,
        _ fields: [UInt8],
        length: Int,
        body: (inout [UInt8]) -> [UInt8]
    ) {
        guard table.holds(given.connection) else { return }
        var ticket = settled(given)
        let index = ticket.connection.index
        if isDraining, ticket.number &+ 1 == table[index].asked {
            ticket.traits.insert(.isLast)
            table[index].flags.insert(.isLast)
        }
        let head = ResponseHead(status: status, length: .known(length), persistence: ticket.persistence)
        let hasBody = length > 0 && !ticket.traits.contains(.isHead) && !status.forbidsBody
        let sent = hasBody ? length : 0
        let noted = ticket.note?.fields.lines ?? []
        if ticket.number != table[index].answered {
            var bytes: [UInt8] = []
            head.write(fields, noted, date: dateLine, into: &bytes)
            let rest = hasBody ? body(&bytes) : []
            let pending = table[index].answers ?? PendingAnswers()
            table[index].answers = pending
            pending.park(.init(ticket: ticket, status: status, bytes: bytes, body: rest, sent: sent))
        } else if index == current {
            head.write(fields, noted, date: dateLine, into: &out)
            let rest = hasBody ? body(&out) : []
            if !rest.isEmpty { transmit(index, &out, rest) }
            complete(ticket, status, sent)
        } else {
            head.write(fields, noted, date: dateLine, into: &side)
            let rest = hasBody ? body(&side) : []
            transmit(index, &side, rest)
            complete(ticket, status, sent)
            settle(index)
        }
    }

    /// Counts an answer as given, and brings those that waited for it.
    func complete(_ first: AnswerTicket, _ status: HTTPStatus, _ sent: Int) {
        let index = first.connection.index
        note(first, status, sent)
        while let pending = table[index].answers {
            let number = table[index].answered
            if var parked = pending.take(number) {
                hand(index, &parked.bytes, parked.body)
                note(parked.ticket, parked.status, parked.sent)
            } else if let answer = pending.streams[number] {
                beginTurn(index, answer)
                guard answer.isFinished else { break }
                pending.streams[number] = nil
                note(answer.ticket, answer.status, answer.sent)
            } else {
                break
            }
            if pending.isEmpty { table[index].answers = nil }
        }
        goAhead(index)
    }

    private func note(_ ticket: AnswerTicket, _ status: HTTPStatus, _ sent: Int) {
        let index = ticket.connection.index
        table[index].answered &+= 1
        unanswered -= 1
        let isLast = ticket.traits.contains(.isLast)
        let hasEnded = table[index].flags.contains(.isLast) && table[index].asked == table[index].answered
        if isLast || hasEnded, table[index].body == nil { table[index].flags.insert(.endsWhenSent) }
        let record = ExchangeRecord(
            route: ticket.route,
            status: status,
            nanoseconds: MonotonicClock().nanoseconds() - ticket.began,
            sent: sent,
            note: ticket.note
        )
        listeners[Int(table[index].listener)].handler.finished(record)
    }
}
