internal import Glibc

extension EventLoop {
    /// Reads as long as there is something, in turns that leave room for other connections.
    func receive(_ index: UInt32) {
        let token = token(index)
        for _ in 0..<4 {
            let flags = table[index].flags
            guard flags.contains(.readable), !flags.contains(.isPaused) else { return }
            if table[index].phase == .handshake { return shakeHands(index) }
            switch arrival(index) {
            case .bytes(let count, let rest):
                counters.bytesReceived.add(count)
                // The end of the stream is met by reading once more.
                if rest == .nothing, !flags.contains(.hasEnded) { table[index].flags.remove(.readable) }
                unsafe take(index, UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
                guard table.holds(token) else { return }
            case .nothing:
                table[index].flags.remove(.readable)
                return
            case .again: continue
            case .end: return end(index)
            case .failed: return close(index)
            }
        }
        enqueue(index)
    }

    /// What a look at the socket brought, in the loop's buffer.
    enum Arrival {
        enum Rest { case unknown, nothing }

        case bytes(Int, Rest)
        case nothing, again, end, failed
    }

    private func arrival(_ index: UInt32) -> Arrival {
        let flags = table[index].flags
        if flags.contains(.isSecure), table[index].phase != .lingering { return secureArrival(index) }
        let count = unsafe recv(table[index].descriptor, buffer.baseAddress, buffer.count, 0)
        // A short read has emptied the socket.
        if count > 0 { return unsafe .bytes(count, count < buffer.count ? .nothing : .unknown) }
        if count == 0 { return .end }
        return errno == EAGAIN ? .nothing : errno == EINTR ? .again : .failed
    }

    /// Serves what was read, and sends what came of it in one go.
    private func take(_ index: UInt32, _ bytes: UnsafeMutableRawBufferPointer) {
        guard table[index].phase != .lingering else { return }
        let token = token(index)
        current = index
        if let partial = table[index].partial {
            var whole: [UInt8] = []
            swap(&whole, &partial.bytes)
            buffered -= whole.count
            unsafe whole.append(contentsOf: bytes)
            let used = unsafe whole.withUnsafeMutableBytes { unsafe process(index, $0) }
            if table.holds(token) {
                if used > 0 { whole.removeFirst(used) }
                keep(index, whole)
            }
        } else {
            let used = unsafe process(index, bytes)
            if table.holds(token), used < bytes.count { unsafe keep(index, Array(bytes[used...])) }
        }
        current = Connection.none
        guard table.holds(token) else { return out.removeAll(keepingCapacity: true) }
        flush(index)
        guard table.holds(token) else { return }
        settle(index)
    }

    /// Keeps what is not whole until more comes.
    private func keep(_ index: UInt32, _ rest: [UInt8]) {
        guard !rest.isEmpty else {
            table[index].partial = nil
            return
        }
        buffered += rest.count
        if let partial = table[index].partial {
            partial.bytes = rest
        } else {
            let partial = Partial()
            partial.bytes = rest
            partial.scan = scan
            table[index].partial = partial
        }
    }

    private func process(_ index: UInt32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        if table[index].phase == .webSocket { return unsafe processFrames(index, bytes.bytes) }
        return unsafe processHTTP(index, UnsafeRawBufferPointer(bytes))
    }

    /// Goes on with a connection that was put off.
    func resume(_ index: UInt32) {
        let token = token(index)
        if table[index].flags.contains(.isBroken) { return close(index) }
        if table[index].flags.contains(.endsWhenSent), table[index].output == nil { return finish(index) }
        tellWritable(index)
        guard table.holds(token) else { return }
        if !table[index].flags.contains(.isPaused), table[index].partial != nil || table[index].body != nil {
            unsafe take(index, UnsafeMutableRawBufferPointer(start: nil, count: 0))
            guard table.holds(token) else { return }
        }
        if table[index].flags.contains(.readable) { receive(index) }
    }

    /// The other side will send no more; what it asked for is still answered.
    private func end(_ index: UInt32) {
        table[index].flags.remove(.readable)
        table[index].flags.insert([.hasEnded, .isLast])
        let isAnswered = table[index].asked == table[index].answered
        // Somebody who follows a stream, or a socket, and hangs up has gone; only an answer is awaited half-closed.
        guard !isAnswered || table[index].output != nil, table[index].phase == .http, table[index].body == nil,
            turn(of: index) == nil
        else { return close(index) }
        if isAnswered { table[index].flags.insert(.endsWhenSent) }
    }

    /// Looks what the connection waits for now, and sets its time.
    func settle(_ index: UInt32) {
        guard table[index].output == nil else { return }
        if table[index].flags.contains(.wantsWritable) { enqueue(index) }
        if table[index].flags.contains(.endsWhenSent) { return finish(index) }
        if table[index].phase == .webSocket {
            if !table[index].flags.contains(.saidClose) { setTime(index, ticks.ping) }
            return
        }
        guard table[index].phase == .http else { return }
        if table[index].flags.contains(.isHeld) {
            // It is the handler who keeps the client waiting.
            wheel.cancel(index, in: &table)
        } else if let body = table[index].body {
            guard let left = bodyTicks(body) else { return expire(index) }
            setTime(index, left)
        } else if table[index].partial != nil, !table[index].flags.contains(.isPaused) {
            guard !table[index].flags.contains(.hasBegun) else { return }
            table[index].flags.insert(.hasBegun)
            setTime(index, ticks.head)
        } else if table[index].asked == table[index].answered {
            setTime(index, ticks.idle)
        } else if let heartbeat = turn(of: index)?.heartbeat {
            setTime(index, TimerWheel.ticks(heartbeat.seconds))
        } else {
            wheel.cancel(index, in: &table)
        }
    }

    /// How long a body may still take: its grace, and what its speed has saved up, but never more than the grace again.
    ///
    /// Nil when its time is over: a byte that comes later saves nothing.
    private func bodyTicks(_ body: BodyReader) -> UInt32? {
        let earned = TimerWheel.ticks(Double(body.received) / Double(max(1, limits.bodyBytesPerSecond)))
        let left = Int64(ticks.bodyGrace) + Int64(earned) - Int64(tick &- body.began)
        return left > 0 ? UInt32(min(left, 2 * Int64(ticks.bodyGrace))) : nil
    }

    func setTime(_ index: UInt32, _ ticks: UInt32) { wheel.set(index, in: &table, now: tick, after: ticks) }
}
