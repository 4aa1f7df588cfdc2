internal import Basics

/// Writes the head of an answer: the status line, the wire's own fields, the handler's fields.
struct ResponseHead {
    /// How the end of the body is told.
    enum Length {
        /// By its length, which is told for HEAD too.
        case known(Int)
        case chunked
        /// By the end of the connection: for HTTP/1.0 clients.
        case close
        /// There is none, whatever the request.
        case none
    }

    /// What becomes of the connection, as far as it must be said.
    enum Persistence { case assumed, keepAlive, close }

    var status: HTTPStatus
    var length: Length
    var persistence: Persistence

    /// `noted` are further fields, `date` is a whole line.
    func write(_ fields: [UInt8], _ noted: [UInt8] = [], date: [UInt8], into out: inout [UInt8]) {
        writeStatus(into: &out)
        out.append(contentsOf: date)
        switch length {
        case .known(let count) where !status.forbidsBody:
            out.append(literal: "Content-Length: ")
            out.append(decimal: count)
            out.append(literal: "\r\n")
        case .chunked: out.append(literal: "Transfer-Encoding: chunked\r\n")
        default: break
        }
        switch persistence {
        case .assumed: break
        case .keepAlive: out.append(literal: "Connection: keep-alive\r\n")
        case .close: out.append(literal: "Connection: close\r\n")
        }
        out.append(contentsOf: fields)
        if !noted.isEmpty { out.append(contentsOf: noted) }
        out.append(literal: "\r\n")
    }

    private func writeStatus(into out: inout [UInt8]) {
        if status.code == 200 { return out.append(literal: "HTTP/1.1 200 OK\r\n") }
        out.append(literal: "HTTP/1.1 ")
        out.append(decimal: Int(status.code))
        out.append(UInt8(ascii: " "))
        out.append(literal: status.reason)
        out.append(literal: "\r\n")
    }
}
