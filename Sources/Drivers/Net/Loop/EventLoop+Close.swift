internal import Glibc

extension EventLoop {
    /// Ends a connection that has sent everything.
    func finish(_ index: UInt32) {
        let flags = table[index].flags
        guard !flags.contains(.hasEnded), !flags.isDisjoint(with: [.lingers, .readable]) else { return close(index) }
        // Closing with unread bytes makes the system reset the connection, and the answer may be lost on its way.
        tellClosed(index)
        endSession(index)
        Socket.endWriting(table[index].descriptor)
        table[index].phase = .lingering
        table[index].flags.insert(.readable)
        table[index].flags.remove([.endsWhenSent, .isPaused])
        setTime(index, ticks.linger)
        enqueue(index)
    }

    /// Ends a connection at once: whoever waits for it is told, and late answers to it are dropped.
    func close(_ index: UInt32) {
        tellClosed(index)
        wheel.cancel(index, in: &table)
        unanswered -= Int(table[index].asked &- table[index].answered)
        buffered -= (table[index].output?.count ?? 0) + (table[index].partial?.bytes.count ?? 0)
        let (body, answers) = (table[index].body, table[index].answers)
        buffered -= body?.collected.count ?? 0
        buffered -= table[index].message?.reader.partial.count ?? 0
        if index == current { out.removeAll(keepingCapacity: true) }
        endSession(index)
        Glibc.close(table[index].descriptor)
        table.remove(index)
        shared.leave()
        counters.closed.add()
        if case .pass(_, let consumer) = body?.purpose { consumer.abandoned() }
        for stream in answers?.streams.values ?? [:].values where !stream.isFinished {
            stream.source.closed(stream.stream)
        }
    }

    /// Looks at a connection whose time is over.
    func expire(_ index: UInt32) {
        if let output = table[index].output {
            let least = min(output.count, Int(limits.stalledSeconds * Double(limits.bodyBytesPerSecond)))
            if table[index].flags.contains(.wasLeft) { return close(index) }
            if output.isStalled(below: least) { return leaveBehind(index, output) }
            return setTime(index, ticks.stalled)
        }
        switch table[index].phase {
        case .webSocket: expireWebSocket(index)
        case .http: expireHTTP(index)
        default: close(index)
        }
    }

    /// Ends a connection whose reader is too slow: followers after the event that they are in, others at once.
    ///
    /// The rest of that event waits for the reader for a while longer; nothing else does.
    private func leaveBehind(_ index: UInt32, _ output: OutputQueue) {
        let token = token(index)
        let answer = turn(of: index)
        let isSocket = table[index].phase == .webSocket && !table[index].flags.contains(.saidClose)
        guard isSocket || answer?.slowReader == .isEnded else { return close(index) }
        // What TLS has sealed must be sent as it is.
        let sealed = table[index].flags.contains(.isSecure) ? min(output.nextCount, TLSSession.recordBytes) : 0
        let before = output.count
        guard output.cutAfterUnit(atLeast: sealed) == .done else { return close(index) }
        buffered -= before - output.count
        counters.leftBehind.add()
        table[index].flags.insert([.wasLeft, .isLast, .lingers])
        table[index].flags.remove(.wantsWritable)
        if isSocket {
            fail(index, .overloaded)
            tellClosed(index)
        } else if let answer {
            finishStream(answer.ticket)
            answer.source.closed(answer.stream)
        }
        guard table.holds(token) else { return }
        if table[index].output?.isEmpty ?? true { return sendMore(index) }
        setTime(index, ticks.leftBehind)
    }

    private func expireHTTP(_ index: UInt32) {
        if table[index].body != nil || table[index].partial != nil {
            let token = token(index)
            refuse(index, .tooSlow)
            if table.holds(token) { settle(index) }
        } else if table[index].asked == table[index].answered {
            close(index)
        } else if let answer = turn(of: index), let heartbeat = answer.heartbeat {
            _ = write(answer.ticket, heartbeat.piece)
            settle(index)
        }
    }

    /// Ends everything, for the loop stops.
    func closeAll() {
        endListening()
        for token in table.tokens() where table.holds(token) { close(token.index) }
    }
}
