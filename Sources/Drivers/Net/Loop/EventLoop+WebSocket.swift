internal import Basics

extension EventLoop {
    /// Opens a WebSocket in answer to a request, or refuses the handshake.
    func upgrade(
        _ ticket: AnswerTicket,
        _ request: HTTPRequest,
        _ subprotocol: String?,
        _ fields: HTTPFields,
        _ make: (WebSocket) -> any WebSocketHandler
    ) {
        guard table.holds(ticket.connection) else { return }
        let index = ticket.connection.index
        let handshake: WebSocketHandshake
        do throws(HTTPRefusal) { handshake = try WebSocketHandshake(request) } catch {
            return refuse(ticket, error)
        }
        // Frames can only follow answers that have gone out.
        guard index == current, ticket.number == table[index].answered, !isDraining else {
            return refuse(ticket, .badUpgrade)
        }
        out.append(literal: "HTTP/1.1 101 Switching Protocols\r\n")
        out.append(contentsOf: dateLine)
        out.append(literal: "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        out.append(contentsOf: handshake.accept)
        out.append(literal: "\r\n")
        if let subprotocol {
            var field = HTTPFields()
            field.add("Sec-WebSocket-Protocol", subprotocol)
            out.append(contentsOf: field.lines)
        }
        out.append(contentsOf: fields.lines)
        if let note = ticket.note { out.append(contentsOf: note.fields.lines) }
        out.append(literal: "\r\n")
        table[index].phase = .webSocket
        table[index].flags.remove(.hasBegun)
        complete(ticket, .switchingProtocols, 0)
        guard table.holds(ticket.connection) else { return }
        let handler = make(WebSocket(loop: self, token: ticket.connection))
        guard table.holds(ticket.connection) else { return }
        table[index].webSocket = handler
        setTime(index, ticks.ping)
    }

    /// Serves the frames that lie in `bytes`; how many of the bytes are done with.
    func processFrames(_ index: UInt32, _ bytes: RawSpan) -> Int {
        let token = token(index)
        table[index].flags.remove(.wasPinged)
        var reader = MessageReader(limit: limits.messageBytes)
        if let assembly = table[index].message {
            swap(&reader, &assembly.reader)
            buffered -= reader.partial.count
            table[index].message = nil
        } else {
            swap(&reader, &idleReader)
        }
        var offset = 0
        let isOpen = serveFrames(token, bytes, &offset, &reader)
        guard table.holds(token) else { return bytes.byteCount }
        if isOpen, !reader.isIdle {
            buffered += reader.partial.count
            table[index].message = MessageAssembly(reader)
        } else if isOpen {
            reader.shrink()
            swap(&reader, &idleReader)
        }
        return isOpen ? offset : bytes.byteCount
    }

    /// Whether more frames may come.
    private func serveFrames(
        _ token: ConnectionToken,
        _ bytes: RawSpan,
        _ offset: inout Int,
        _ reader: inout MessageReader
    ) -> Bool {
        let index = token.index
        while true {
            guard table[index].phase == .webSocket, !table[index].flags.contains(.endsWhenSent) else { return false }
            guard !table[index].flags.contains(.isPaused), !mustPause(index) else {
                table[index].flags.insert(.isPaused)
                return true
            }
            guard table.holds(token) else { return false }
            let step: MessageReader.Step
            do throws(WebSocketFault) { step = try reader.step(bytes, at: &offset) } catch {
                fail(index, error.code)
                return false
            }
            // Whatever follows our close frame is not served, only the other side's own is waited for.
            let isClosing = table[index].flags.contains(.saidClose)
            switch step {
            case .incomplete: return true
            case .text: if !isClosing { hand(token, reader.content.raw, .text) }
            case .binary: if !isClosing { hand(token, reader.content.raw, .binary) }
            case .ping: if !isClosing { sendFrame(index, WebSocketFrame(.pong, reader.content.raw).bytes) }
            case .pong: break
            case .close(let code):
                closedByPeer(index, code)
                return false
            }
            guard table.holds(token) else { return false }
        }
    }

    private func hand(_ token: ConnectionToken, _ message: RawSpan, _ kind: WebSocketMessageKind) {
        table[token.index].webSocket?.received(message, kind, on: WebSocket(loop: self, token: token))
    }

    // MARK: Sending

    func send(_ token: ConnectionToken, _ frame: [UInt8]) -> WebSocket.Outcome {
        guard table.holds(token), table[token.index].phase == .webSocket else { return .closed }
        let index = token.index
        guard !table[index].flags.contains(.saidClose) else { return .closed }
        let waiting = waiting(token)
        guard waiting + frame.count <= limits.outputBytes || waiting == 0 else {
            fail(index, .overloaded)
            return .closed
        }
        sendFrame(index, frame)
        // The socket turned out to be dead; the next turn closes it.
        guard !table[index].flags.contains(.isBroken) else { return .closed }
        guard self.waiting(token) > outputMark else { return .sent }
        table[index].flags.insert(.wantsWritable)
        return .full
    }

    /// Hands a whole frame to the socket.
    func sendFrame(_ index: UInt32, _ frame: [UInt8]) {
        guard index == current else { return transmit(index, &side, frame) }
        if out.count + frame.count > Self.sharedBytes { flush(index) }
        if frame.count < Self.sharedBytes { out.append(contentsOf: frame) } else { transmit(index, &out, frame) }
    }

    func waiting(_ token: ConnectionToken) -> Int {
        guard table.holds(token) else { return 0 }
        return (table[token.index].output?.count ?? 0) + (token.index == current ? out.count : 0)
    }

    // MARK: Closing

    func close(_ token: ConnectionToken, _ code: CloseCode, _ reason: String) {
        guard table.holds(token), table[token.index].phase == .webSocket else { return }
        let index = token.index
        guard !table[index].flags.contains(.saidClose) else { return }
        sayClose(index, code, reason)
        if table[index].output == nil { setTime(index, ticks.close) }
    }

    private func sayClose(_ index: UInt32, _ code: CloseCode, _ reason: String = "") {
        guard !table[index].flags.contains(.saidClose) else { return }
        sendFrame(index, WebSocketFrame.close(code, reason).bytes)
        table[index].flags.insert(.saidClose)
        table[index].closeCode = code.number
    }

    /// The other side breaks the protocol, or cannot be served: it is told, and nothing more is read.
    func fail(_ index: UInt32, _ code: CloseCode) {
        sayClose(index, code)
        table[index].closeCode = code.number
        table[index].flags.insert([.endsWhenSent, .lingers])
        if index != current { enqueue(index) }
    }

    private func closedByPeer(_ index: UInt32, _ code: CloseCode) {
        sayClose(index, code)
        table[index].closeCode = code.number
        table[index].flags.insert(.endsWhenSent)
    }

    /// Tells the handler, once, and lets it go.
    func tellClosed(_ index: UInt32) {
        guard let handler = table[index].webSocket else { return }
        let code = table[index].flags.contains(.endsWhenSent) ? CloseCode(table[index].closeCode) : .abnormal
        table[index].webSocket = nil
        handler.closed(WebSocket(loop: self, token: token(index)), code)
    }

    /// A socket was silent for as long as it may: it is asked whether it still is there, once.
    func expireWebSocket(_ index: UInt32) {
        let flags = table[index].flags
        guard flags.isDisjoint(with: [.wasPinged, .saidClose]) else { return close(index) }
        table[index].flags.insert(.wasPinged)
        sendFrame(index, WebSocketFrame(.ping, [UInt8]().raw).bytes)
        if table[index].output == nil { setTime(index, ticks.ping) }
    }

    // MARK: Flow

    func pauseReading(_ token: ConnectionToken) {
        guard table.holds(token) else { return }
        table[token.index].flags.insert([.isPaused, .isHeld])
        table[token.index].body?.paused = tick
    }

    func resumeReading(_ token: ConnectionToken) {
        guard table.holds(token) else { return }
        guard table[token.index].flags.contains(.isHeld) else { return }
        table[token.index].flags.remove([.isPaused, .isHeld])
        if let body = table[token.index].body { body.began &+= tick &- body.paused }
        enqueue(token.index)
    }
}
