import CEpoll
import Glibc

/// Many connections to one server on loopback, driven by one thread: the client of the benchmarks.
///
/// Everything that arrived on a connection since its last whole answer is handed to a reader, which says how much of
/// it was whole.
@safe
final class Herd {
    private let poller: Int32
    private let port: UInt16
    private var members: [Member] = []
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 512)
    private var buffer = [UInt8](repeating: 0, count: 256 * 1024)

    private struct Member {
        let descriptor: Int32
        /// What arrived and was not whole.
        var partial: [UInt8] = []
        /// What the socket has not taken yet.
        var unsent: ArraySlice<UInt8> = []
    }

    /// Takes the whole answers at the beginning of what arrived on a connection; returns how many bytes they were.
    typealias Reader = (_ member: Int, _ bytes: Span<UInt8>) throws -> Int

    init(port: UInt16) throws(Failure) {
        self.port = port
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poller >= 0 else { throw Self.failure("epoll_create1") }
    }

    deinit {
        for member in members { close(member.descriptor) }
        close(poller)
    }

    var count: Int { members.count }

    /// Whether somebody accepts connections at `port`.
    static func answers(port: UInt16) -> Bool { (try? Herd(port: port).grow(to: 1)) != nil }

    /// Opens connections until there are `count`.
    func grow(to count: Int) throws(Failure) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        while members.count < count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Self.failure("socket") }
            let code = unsafe withUnsafePointer(to: &address) { pointer in
                // Sound: every socket address begins as sockaddr does.
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
                let failure = Self.failure("connect")
                close(descriptor)
                throw failure
            }
            var on: Int32 = 1
            _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            var event = unsafe epoll_event(
                events: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue,
                data: epoll_data_t(u64: UInt64(members.count))
            )
            guard unsafe epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
                throw Self.failure("epoll_ctl")
            }
            members.append(Member(descriptor: descriptor))
        }
    }

    /// Sends on one connection, now or as soon as its socket takes it.
    func send(_ bytes: [UInt8], on member: Int) throws(Failure) {
        members[member].unsent += bytes
        try flush(member)
    }

    private func flush(_ index: Int) throws(Failure) {
        while !members[index].unsent.isEmpty {
            let descriptor = members[index].descriptor
            let sent = unsafe members[index].unsent.withUnsafeBytes { bytes in
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if sent < 0 {
                if errno == EAGAIN { return }
                throw Self.failure("send")
            }
            members[index].unsent = members[index].unsent.dropFirst(sent)
        }
        members[index].unsent = []
    }

    /// Reads what has arrived; waits for at most `milliseconds`.
    ///
    /// Returns false when nothing did.
    @discardableResult
    func turn(milliseconds: Int32 = 10_000, _ reader: Reader) throws -> Bool {
        let count = unsafe epoll_wait(poller, &events, Int32(events.count), milliseconds)
        guard count > 0 else { return false }
        for place in 0..<Int(count) {
            let event = unsafe events[place]
            let index = unsafe Int(event.data.u64)
            if unsafe event.events & EPOLLOUT.rawValue != 0 { try flush(index) }
            if unsafe event.events & EPOLLIN.rawValue != 0 { try receive(index, reader) }
        }
        return true
    }

    private func receive(_ index: Int, _ reader: Reader) throws {
        // Taken out for a while, so that the reader may send.
        var buffer: [UInt8] = []
        swap(&buffer, &self.buffer)
        defer { swap(&buffer, &self.buffer) }
        while true {
            let descriptor = members[index].descriptor
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else {
                throw Failure("connection \(index): \(count == 0 ? "closed by the server" : "broken")")
            }
            if members[index].partial.isEmpty {
                let taken = try reader(index, buffer.span.extracting(0..<count))
                if taken < count { members[index].partial = Array(buffer[taken..<count]) }
            } else {
                members[index].partial += buffer[..<count]
                let partial = members[index].partial
                let taken = try reader(index, partial.span)
                members[index].partial.removeFirst(taken)
            }
            if count < buffer.count { return }
        }
    }

    private static func failure(_ call: String) -> Failure {
        Failure("\(call): \(unsafe String(cString: strerror(errno)))")
    }
}
