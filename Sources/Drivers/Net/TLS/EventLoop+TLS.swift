internal import Basics

/// How TLS sits between a connection and its socket.
extension EventLoop {
    /// A connection that came in where TLS is spoken.
    func beginSession(_ index: UInt32, _ identity: TLSIdentity) {
        guard let session = identity.session(on: table[index].descriptor) else { return close(index) }
        while sessions.count <= Int(index) { sessions.append(nil) }
        sessions[Int(index)] = session
        table[index].phase = .handshake
        table[index].flags.insert(.isSecure)
        setTime(index, ticks.handshake)
    }

    /// Ends a session: in order, when all that there was to say was said.
    func endSession(_ index: UInt32) {
        guard table[index].flags.contains(.isSecure), let session = sessions[Int(index)] else { return }
        if table[index].output == nil, !table[index].flags.contains(.isBroken) { session.close() }
        sessions[Int(index)] = nil
    }

    /// Goes on with the handshake.
    func shakeHands(_ index: UInt32) {
        guard let session = sessions[Int(index)] else { return close(index) }
        switch session.handshake() {
        case .done:
            table[index].phase = .http
            setTime(index, ticks.head)
            receive(index)
        case .wantsRead: table[index].flags.remove(.readable)
        case .wantsWrite: break
        case .plainText:
            // Said in the clear, since that is how it was asked.
            sessions[Int(index)] = nil
            table[index].flags.remove(.isSecure)
            table[index].phase = .http
            refuse(index, .plainText)
        case .ended, .failed: close(index)
        }
    }

    /// Reads and opens what has come.
    func secureArrival(_ index: UInt32) -> Arrival {
        guard let session = sessions[Int(index)] else { return .failed }
        var count = 0
        let outcome = unsafe session.read(buffer, count: &count)
        // What ends or breaks it is met by reading once more.
        if count > 0 { return .bytes(count, outcome == .wantsRead ? .nothing : .unknown) }
        switch outcome {
        case .done, .wantsRead, .wantsWrite: return .nothing
        case .ended: return .end
        case .plainText, .failed: return .failed
        }
    }

    /// How many bytes the socket took; -1 when the session is broken.
    func sendSecurely(_ index: UInt32, _ parts: [[UInt8]]) -> Int {
        guard let session = sessions[Int(index)] else { return -1 }
        var sent = 0
        for part in parts where !part.isEmpty {
            var count = 0
            // Sound: OpenSSL only reads, and the array outlives the call.
            let outcome = unsafe part.withUnsafeBytes { unsafe session.write($0, count: &count) }
            sent += count
            counters.bytesSent.add(count)
            switch outcome {
            case .done: continue
            case .wantsRead, .wantsWrite: return sent
            case .ended, .plainText, .failed: return -1
            }
        }
        return sent
    }

    /// Sends what waits, now that the socket takes more.
    func sendMoreSecurely(_ index: UInt32, _ output: OutputQueue) {
        guard let session = sessions[Int(index)] else { return close(index) }
        while !output.isEmpty {
            var count = 0
            let outcome = unsafe output.withNext { unsafe session.write($0, count: &count) }
            counters.bytesSent.add(count)
            buffered -= count
            output.removeFirst(count)
            switch outcome {
            case .done: continue
            case .wantsRead, .wantsWrite: return catchUp(index, output)
            case .ended, .plainText, .failed: return close(index)
            }
        }
        outputEnded(index, output)
    }
}
