internal import Basics
internal import Glibc

extension EventLoop {
    /// Begins to end in order: nothing new is accepted, what is being answered is answered.
    ///
    /// Idle connections close; streams end after what they have sent, WebSockets with 1001.
    /// After `seconds` the rest is cut.
    func drain(seconds: Double) {
        guard !isDraining else { return }
        isDraining = true
        drainDeadline = now + Int64(seconds * 1e9)
        for listener in listeners.indices { accept(listener) }
        endListening()
        for token in table.tokens() where table.holds(token) { drain(token) }
    }

    /// Closes the listeners, for the loop and for the system.
    func endListening() {
        for listener in listeners {
            for socket in listener.sockets {
                poller.remove(socket)
                Glibc.close(socket)
            }
        }
        listeners = listeners.map { Listener(sockets: [], handler: $0.handler, identity: $0.identity) }
    }

    private func drain(_ token: ConnectionToken) {
        let index = token.index
        // What was sent before the end began is served.
        if table[index].phase == .http, table[index].asked == table[index].answered {
            table[index].flags.insert(.readable)
            receive(index)
            guard table.holds(token) else { return }
        }
        switch table[index].phase {
        case .handshake:
            close(index)
        case .webSocket:
            close(token, .goingAway, "")
        case .http:
            if let answer = turn(of: index) {
                table[index].flags.insert(.isLast)
                finishStream(answer.ticket)
                answer.source.closed(answer.stream)
            } else if table[index].asked == table[index].answered, table[index].partial == nil,
                table[index].body == nil,
                table[index].output == nil
            {
                table[index].flags.insert([.isLast, .lingers])
                finish(index)
            }
        default: break
        }
    }

    /// Looks whether everything is done, or time is over.
    func goOnDraining() {
        if table.count == 0 || now >= drainDeadline { stop() }
    }
}
