internal import Glibc

extension EventLoop {
    /// Sends what the present connection was given so far.
    func flush(_ index: UInt32) {
        if !out.isEmpty { transmit(index, &out, []) }
    }

    /// Sends bytes and, behind them, a shared body and a short tail; what the socket does not take waits.
    ///
    /// Together they are whole units: answers, events, frames. A slow reader is left behind between two of them.
    /// Empties `bytes`. It calls nobody back: a socket that turns out to be dead is closed in the next turn.
    func transmit(_ index: UInt32, _ bytes: inout [UInt8], _ body: [UInt8], _ tail: [UInt8] = []) {
        defer { bytes.removeAll(keepingCapacity: true) }
        guard !table[index].flags.contains(.isBroken) else { return }
        if let output = table[index].output {
            buffered += bytes.count + body.count + tail.count
            output.append(Array(bytes))
            output.append(body)
            output.append(tail)
            output.markEnd()
            return
        }
        let total = bytes.count + body.count + tail.count
        let isSecure = table[index].flags.contains(.isSecure)
        var sent =
            isSecure ? sendSecurely(index, [bytes, body, tail]) : send(table[index].descriptor, bytes, body, tail)
        if sent == total { return }
        guard sent >= 0 else { return breakOff(index) }
        let output = OutputQueue()
        if sent == 0 { output.markEnd() }
        buffered += total - sent
        if sent < bytes.count {
            output.append(Array(bytes[sent...]))
            sent = bytes.count
        }
        output.append(body, from: min(sent - bytes.count, body.count))
        output.append(tail, from: max(0, sent - bytes.count - body.count))
        output.markEnd()
        table[index].output = output
        setTime(index, ticks.stalled)
    }

    /// How many bytes the socket took; -1 when it is dead.
    private func send(_ descriptor: Int32, _ bytes: [UInt8], _ body: [UInt8], _ tail: [UInt8]) -> Int {
        while true {
            let count: Int
            if body.isEmpty {
                count = unsafe Glibc.send(descriptor, bytes, bytes.count, Socket.quietly)
            } else if bytes.isEmpty, tail.isEmpty {
                count = unsafe Glibc.send(descriptor, body, body.count, Socket.quietly)
            } else {
                count = sendTogether(descriptor, bytes, body, tail)
            }
            if count >= 0 {
                counters.bytesSent.add(count)
                return count
            }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { return -1 }
        }
    }

    private func sendTogether(_ descriptor: Int32, _ bytes: [UInt8], _ body: [UInt8], _ tail: [UInt8]) -> Int {
        // Sound: the system only reads, and the arrays outlive the call.
        unsafe bytes.withUnsafeBytes { first in
            unsafe body.withUnsafeBytes { second in
                unsafe tail.withUnsafeBytes { third in
                    var parts = unsafe (
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: third.baseAddress), iov_len: third.count)
                    )
                    return unsafe withUnsafeMutableBytes(of: &parts) { parts in
                        var message = unsafe msghdr()
                        unsafe message.msg_iov = parts.baseAddress?.assumingMemoryBound(to: iovec.self)
                        unsafe message.msg_iovlen = 3
                        return unsafe sendmsg(descriptor, &message, Socket.quietly)
                    }
                }
            }
        }
    }

    /// Sends what waits, now that the socket takes more.
    func sendMore(_ index: UInt32) {
        guard let output = table[index].output else { return }
        if table[index].flags.contains(.isSecure) { return sendMoreSecurely(index, output) }
        while !output.isEmpty {
            let descriptor = table[index].descriptor
            let count = unsafe output.withNext {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Socket.quietly)
            }
            if count >= 0 {
                counters.bytesSent.add(count)
                buffered -= count
                output.removeFirst(count)
            } else if errno == EAGAIN {
                return catchUp(index, output)
            } else if errno != EINTR {
                return close(index)
            }
        }
        outputEnded(index, output)
    }

    /// Everything that waited is sent.
    func outputEnded(_ index: UInt32, _ output: OutputQueue) {
        table[index].output = nil
        catchUp(index, output)
        settle(index)
    }

    /// Has a connection closed in the next turn, and sends it nothing more.
    func breakOff(_ index: UInt32) {
        table[index].flags.insert(.isBroken)
        enqueue(index)
    }

    /// Takes up again what waited for the reader.
    func catchUp(_ index: UInt32, _ output: OutputQueue) {
        guard output.count <= limits.outputMark / 2 else { return }
        goAhead(index)
        if table[index].flags.contains(.wantsWritable) { enqueue(index) }
    }

    /// Reads on, unless the handler wants nothing to be read.
    func goAhead(_ index: UInt32) {
        guard table[index].flags.contains(.isPaused), !table[index].flags.contains(.isHeld) else { return }
        table[index].flags.remove(.isPaused)
        enqueue(index)
    }
}
