import Basics
import FilesDriver
import NetDriver
import TestSupport

/// Answers a few paths in each way that a handler may.
final class TestHandler: HTTPHandler {
    /// Responders of `/later`, by the number in the query.
    let waiting = Lock<[String: Responder]>([:])
    let arrived = BlockingQueue<String>()
    let records = Lock<[ExchangeRecord]>([])
    let sources = Lock<[TestSource]>([])
    let sockets = BlockingQueue<WebSocket>()
    let closes = BlockingQueue<UInt16>()

    func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange) {
        exchange.route = UInt16(request.path.byteCount)
        let query = request.query?.text ?? ""
        switch request.path.text {
        case "/health": exchange.respond(.ok, body: Array("{\"status\": \"ok\"}\n\n\n\n".utf8))
        case "/echo": exchange.readBody { _, body, exchange in exchange.respond(.ok, body: body) }
        case "/small": exchange.readBody(limit: 10) { _, body, exchange in exchange.respond(.ok, body: body) }
        case "/count": exchange.readBody(into: CountingConsumer())
        case "/big": exchange.respond(.ok, body: [UInt8](repeating: 0x61, count: Int(query) ?? 0))
        case "/text":
            let body = Array(String(repeating: "all work and no play ", count: 500).utf8)
            exchange.respond(HTTPResponse(.ok, body: body, compression: .whenAsked))
        case "/tag":
            let tag = EntityTag(query.utf8.raw)
            var fields = HTTPFields()
            fields.add(tag)
            exchange.respond(tag.isKnown(to: request) ? .notModified : .ok, fields: fields, body: Array("tagged".utf8))
        case "/later":
            let responder = exchange.deferred()
            waiting.withLock { $0[query] = responder }
            arrived.append(query)
        case "/async":
            exchange.start { responder in
                await Task.yield()
                responder.respond(HTTPResponse(responder.loop.isCurrent ? .ok : .conflict))
            }
        case "/lost": _ = exchange.deferred()
        case "/stream":
            let source = TestSource(count: Int(query) ?? 3)
            sources.withLock { $0.append(source) }
            exchange.stream(.ok, fields: HTTPFields(contentType: "text/plain"), from: source)
        case "/events":
            let source = TestSource(count: Int.max, size: Int(query) ?? 1000)
            sources.withLock { $0.append(source) }
            exchange.stream(.ok, fields: HTTPFields(contentType: "text/plain"), slowReader: .isEnded, from: source)
        case "/ws":
            let chosen = request.offers(subprotocol: "prima.json") ? "prima.json" : nil
            exchange.upgrade(request, subprotocol: chosen) { socket in
                sockets.append(socket)
                return EchoSocket(self)
            }
        case "/drop": break
        default: exchange.respond(.notFound)
        }
    }

    func finished(_ record: ExchangeRecord) { records.withLock { $0.append(record) } }

    func answer(_ name: String, _ text: String) {
        waiting.withLock { $0.removeValue(forKey: name) }?.respond(HTTPResponse(.ok, body: Array(text.utf8)))
    }
}

/// Counts what it is given.
final class CountingConsumer: BodyConsumer {
    private var count = 0

    func receive(_ piece: RawSpan, _ flow: BodyFlow) -> BodyDemand {
        count += piece.byteCount
        if piece.byteCount > 0, piece.byte(at: 0) == UInt8(ascii: "!") { return .answer(HTTPResponse(.unprocessable)) }
        guard piece.byteCount > 0, piece.byte(at: 0) == UInt8(ascii: "~") else { return .more }
        Thread.start(name: "resume") { flow.resume() }
        return .pause
    }

    func end(_ exchange: consuming HTTPExchange) { exchange.respond(.ok, body: Array("\(count)".utf8)) }
    func abandoned() {}
}

/// Writes so many lines, as fast as the reader takes them.
final class TestSource: ResponseSource, @unchecked Sendable {
    private var left: Int
    private let size: Int
    private let state = Lock((written: 0, isClosed: false))

    init(count: Int, size: Int = 1000) {
        left = count
        self.size = size
    }

    var written: Int { state.withLock { $0.written } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func writable(_ stream: ResponseStream) {
        while left > 0 {
            left -= 1
            state.withLock { $0.written += 1 }
            if stream.write([UInt8](repeating: 0x62, count: size - 1) + [0x0A]) != .sent { return }
        }
        stream.finish()
    }

    func closed(_ stream: ResponseStream) { state.withLock { $0.isClosed = true } }
}

/// Sends back what it gets.
final class EchoSocket: WebSocketHandler {
    private let owner: TestHandler

    init(_ owner: TestHandler) { self.owner = owner }

    func received(_ message: RawSpan, _ kind: WebSocketMessageKind, on socket: WebSocket) {
        if kind == .text, message.isSame(as: "close please") { return socket.close(.normal, "as you wish") }
        socket.send(kind == .text ? .text(message.copy) : .binary(message.copy))
    }

    func closed(_ socket: WebSocket, _ code: CloseCode) { owner.closes.append(code.number) }
}

/// A server on a free port, ended with the test.
final class NetFixture {
    let handler = TestHandler()
    let server: HTTPServer

    var port: UInt16 { server.ports[0] }

    init(loops: Int = 1, identity: TLSIdentity? = nil, _ change: (inout NetLimits) -> Void = { _ in }) throws {
        var limits = NetLimits()
        change(&limits)
        server = try HTTPServer.start(
            HTTPServer.Configuration(
                doors: [.init(port: 0, handler: handler, identity: identity)],
                loops: loops,
                limits: limits
            )
        )
    }

    deinit { server.stop() }

    func client() throws -> NetClient { try NetClient(port) }
}
