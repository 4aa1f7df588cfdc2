import CEpoll
import Glibc

/// A plain socket that says exactly what a test wants, and waits at most ten seconds for anything.
package final class NetClient {
    package let socket: Int32
    private var pending: [UInt8] = []

    package struct Closed: Error {}

    package init(_ port: UInt16, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Closed() }
    }

    deinit { close(socket) }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        guard Self.send(bytes, to: socket) == bytes.count else { throw Closed() }
    }

    /// Sends all of it, waiting for room; less when the other side has gone.
    @discardableResult
    package static func send(_ bytes: [UInt8], to socket: Int32) -> Int {
        var sent = 0
        while sent < bytes.count {
            let rest = bytes[sent...]
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    package func endWriting() { shutdown(socket, Int32(SHUT_WR)) }

    /// Reads some bytes; false at the end of the stream, or when it is cut.
    package func readMore() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { throw TimedOut() }
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }

    package struct TimedOut: Error {}

    /// Exactly that many bytes.
    package func read(_ count: Int) throws -> [UInt8] {
        while pending.count < count { guard try readMore() else { throw Closed() } }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    package func readToEnd() throws -> [UInt8] {
        while try readMore() {}
        defer { pending = [] }
        return pending
    }

    package func readLine() throws -> String {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                defer { pending.removeFirst(end + 1) }
                return String(decoding: pending[..<end].filter { $0 != 0x0D }, as: UTF8.self)
            }
            guard try readMore() else { throw Closed() }
        }
    }

    package struct Answer: Equatable {
        package var status = 0
        package var fields: [String: String] = [:]
        package var body: [UInt8] = []
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package enum Expecting { case body, headOnly }

    /// Reads one answer, whichever way its body is delimited.
    package func answer(_ expecting: Expecting = .body) throws -> Answer {
        var answer = Answer()
        let words = try readLine().split(separator: " ")
        answer.status = Int(words[1]) ?? 0
        while case let line = try readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.fields[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        guard expecting == .body, answer.status != 304, answer.status >= 200 else { return answer }
        if let length = answer.fields["content-length"].flatMap({ Int($0) }) {
            answer.body = try read(length)
        } else if answer.fields["transfer-encoding"] == "chunked" {
            while case let size = Int(try readLine(), radix: 16) ?? 0, size > 0 {
                answer.body += try read(size)
                _ = try read(2)
            }
            _ = try readLine()
        } else if answer.fields["connection"] == "close" {
            answer.body = try readToEnd()
        }
        return answer
    }

    package func get(_ path: String, _ fields: String = "") throws -> Answer {
        try send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        return try answer()
    }
}
