internal import Basics
internal import FilesDriver

extension EventLoop {
    /// Begins a streamed answer.
    func stream(
        _ given: AnswerTicket,
        _ status: HTTPStatus,
        _ fields: HTTPFields,
        _ source: any ResponseSource,
        _ heartbeat: Heartbeat?,
        _ slowReader: SlowReader
    ) -> ResponseStream {
        var ticket = settled(given)
        guard table.holds(ticket.connection) else { return ResponseStream(self, ticket) }
        let index = ticket.connection.index
        let isOld = ticket.traits.contains(.isOld)
        if isOld, !ticket.traits.contains(.isLast) {
            ticket.traits.insert(.isLast)
            table[index].flags.insert(.isLast)
        }
        let stream = ResponseStream(self, ticket)
        let head = ResponseHead(status: status, length: isOld ? .close : .chunked, persistence: ticket.persistence)
        var bytes: [UInt8] = []
        head.write(fields.lines, ticket.note?.fields.lines ?? [], date: dateLine, into: &bytes)
        let answer = StreamedAnswer(stream, status, isChunked: !isOld, source: source, heartbeat: heartbeat, slowReader)
        let pending = table[index].answers ?? PendingAnswers()
        table[index].answers = pending
        pending.streams[ticket.number] = answer
        if ticket.number == table[index].answered { hand(index, &bytes, []) } else { answer.early = bytes }
        if ticket.traits.contains(.isHead) {
            finishStream(ticket)
        } else {
            source.writable(stream)
        }
        return stream
    }

    /// Gives whole units to a connection: to what it is sent together when it is being served, else at once.
    func hand(_ index: UInt32, _ bytes: inout [UInt8], _ body: [UInt8], _ tail: [UInt8] = []) {
        guard index == current else { return transmit(index, &bytes, body, tail) }
        if out.count + bytes.count > Self.sharedBytes { flush(index) }
        out.append(contentsOf: bytes)
        bytes.removeAll(keepingCapacity: true)
        if !body.isEmpty { transmit(index, &out, body, tail) }
    }

    private func streamed(_ ticket: AnswerTicket) -> StreamedAnswer? {
        guard table.holds(ticket.connection) else { return nil }
        return table[ticket.connection.index].answers?.streams[ticket.number]
    }

    private static var lineEnd: [UInt8] { [0x0D, 0x0A] }

    func write(_ ticket: AnswerTicket, _ piece: [UInt8]) -> WebSocket.Outcome {
        guard let answer = streamed(ticket), !answer.isFinished else { return .closed }
        guard !piece.isEmpty else { return .sent }
        let index = ticket.connection.index
        let isTurn = ticket.number == table[index].answered
        let waiting = isTurn ? waiting(ticket.connection) : answer.early.count
        guard waiting + piece.count <= limits.outputBytes || waiting == 0 else {
            breakOff(index)
            return .closed
        }
        answer.sent += piece.count
        if !isTurn {
            answer.encode(piece, into: &answer.early)
        } else if piece.count < Self.sharedBytes {
            answer.encode(piece, into: &side)
            hand(index, &side, [])
        } else if answer.isChunked {
            side.append(hexadecimal: piece.count)
            side.append(literal: "\r\n")
            hand(index, &side, piece, Self.lineEnd)
        } else {
            hand(index, &side, piece)
        }
        // The socket turned out to be dead; the next turn closes it.
        guard !table[index].flags.contains(.isBroken) else { return .closed }
        let after = isTurn ? self.waiting(ticket.connection) : answer.early.count
        guard after > outputMark else { return .sent }
        answer.wantsWritable = true
        if isTurn { table[index].flags.insert(.wantsWritable) }
        return .full
    }

    func finishStream(_ ticket: AnswerTicket) {
        guard let answer = streamed(ticket), !answer.isFinished else { return }
        answer.isFinished = true
        let index = ticket.connection.index
        if ticket.number == table[index].answered {
            if answer.isChunked, !ticket.traits.contains(.isHead) {
                side.append(literal: "0\r\n\r\n")
                hand(index, &side, [])
            }
            table[index].answers?.streams[ticket.number] = nil
            if table[index].answers?.isEmpty ?? false { table[index].answers = nil }
            complete(answer.ticket, answer.status, answer.sent)
            if index != current { settle(index) }
        } else if answer.isChunked, !ticket.traits.contains(.isHead) {
            answer.early.append(literal: "0\r\n\r\n")
        }
    }

    func abortStream(_ ticket: AnswerTicket) {
        if streamed(ticket) != nil { breakOff(ticket.connection.index) }
    }

    /// Sends what a stream wrote before its turn.
    func beginTurn(_ index: UInt32, _ answer: StreamedAnswer) {
        var early: [UInt8] = []
        swap(&early, &answer.early)
        hand(index, &early, [])
        guard answer.wantsWritable, !answer.isFinished else { return }
        table[index].flags.insert(.wantsWritable)
        enqueue(index)
    }

    /// The stream whose turn it is.
    func turn(of index: UInt32) -> StreamedAnswer? {
        table[index].answers?.streams[table[index].answered]
    }

    /// Tells whoever feeds the connection that it takes more.
    func tellWritable(_ index: UInt32) {
        guard table[index].flags.contains(.wantsWritable) else { return }
        guard waiting(token(index)) <= limits.outputMark / 2 else { return }
        table[index].flags.remove(.wantsWritable)
        if let handler = table[index].webSocket {
            handler.writable(WebSocket(loop: self, token: token(index)))
        } else if let answer = turn(of: index), answer.wantsWritable, !answer.isFinished {
            answer.wantsWritable = false
            answer.source.writable(answer.stream)
        }
    }
}
