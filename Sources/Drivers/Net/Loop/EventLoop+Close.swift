internal import Glibc

extension EventLoop {
    /// Ends a connection that has sent everything.
    func finish(_ index: UInt32) {
        let flags = table[index].flags
        guard !flags.contains(.hasEnded), !flags.isDisjoint(with: [.lingers, .readable]) else { return close(index) }
        // Closing with unread bytes makes the system reset the connection, and the answer may be lost on its way.
        Socket.endWriting(table[index].descriptor)
        table[index].phase = .lingering
        table[index].flags.insert(.readable)
        table[index].flags.remove([.endsWhenSent, .isPaused])
        setTime(index, ticks.linger)
        enqueue(index)
    }

    /// Ends a connection at once: whoever waits for it is told, and late answers to it are dropped.
    func close(_ index: UInt32) {
        wheel.cancel(index, in: &table)
        unanswered -= Int(table[index].asked &- table[index].answered)
        buffered -= (table[index].output?.count ?? 0) + (table[index].partial?.bytes.count ?? 0)
        buffered -= table[index].body?.collected.count ?? 0
        if index == current { out.removeAll(keepingCapacity: true) }
        Glibc.close(table[index].descriptor)
        table.remove(index)
        shared.leave()
        counters.closed.add()
    }

    /// Looks at a connection whose time is over.
    func expire(_ index: UInt32) {
        if let output = table[index].output {
            let least = min(output.count, Int(limits.stalledSeconds * Double(limits.bodyBytesPerSecond)))
            if output.isStalled(below: least) { return close(index) }
            return setTime(index, ticks.stalled)
        }
        guard table[index].phase == .http else { return close(index) }
        if table[index].body != nil || table[index].partial != nil {
            let token = token(index)
            refuse(index, .tooSlow)
            if table.holds(token) { settle(index) }
        } else if table[index].asked == table[index].answered {
            close(index)
        }
    }

    /// Ends everything, for the loop stops.
    func closeAll() {
        for token in table.tokens() { close(token.index) }
    }
}
