internal import Glibc

extension EventLoop {
    /// Takes the connections that wait at a listener, a bounded number in one turn.
    func accept(_ listener: Int) {
        for socket in listeners[listener].sockets {
            for _ in 0..<64 {
                let descriptor = Socket.accept(at: socket)
                if descriptor >= 0 {
                    admit(descriptor, UInt8(listener))
                } else if errno == EMFILE || errno == ENFILE {
                    shared.spare.lend { refuseOne(socket, UInt8(listener)) }
                    break
                } else if errno != EINTR && errno != ECONNABORTED {
                    break
                }
            }
        }
    }

    private func admit(_ descriptor: Int32, _ listener: UInt8) {
        guard shared.admit(limits.connections) == .admitted else { return turnAway(descriptor, listener) }
        guard let token = table.insert(descriptor, listener: listener) else {
            shared.leave()
            return turnAway(descriptor, listener)
        }
        guard poller.addConnection(descriptor, token.number) else { return close(token.index) }
        counters.accepted.add()
        guard let identity = listeners[Int(listener)].identity else { return setTime(token.index, ticks.head) }
        beginSession(token.index, identity)
    }

    /// With no descriptor left, a listener would wake the loop for ever: one is lent to say so.
    private func refuseOne(_ socket: Int32, _ listener: UInt8) {
        let descriptor = Socket.accept(at: socket)
        if descriptor >= 0 { turnAway(descriptor, listener) }
    }

    /// Says 503 without reading anything, and closes.
    private func turnAway(_ descriptor: Int32, _ listener: UInt8) {
        counters.turnedAway.add()
        // Who expects a handshake would not understand.
        guard listeners[Int(listener)].identity == nil else {
            Glibc.close(descriptor)
            return
        }
        var note: ExchangeNote?
        var response = listeners[Int(listener)].handler.response(to: .tooManyConnections, note: &note)
        response.fields.add("Retry-After", limits.retryAfterSeconds)
        var bytes: [UInt8] = []
        let head = ResponseHead(status: response.status, length: .known(response.body.count), persistence: .close)
        head.write(response.fields.lines, date: dateLine, into: &bytes)
        bytes.append(contentsOf: response.body)
        _ = unsafe Glibc.send(descriptor, bytes, bytes.count, Socket.quietly)
        // What the client sent is read, lest closing cost it the answer; what it will send is not waited for.
        Socket.endWriting(descriptor)
        _ = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        Glibc.close(descriptor)
    }
}
