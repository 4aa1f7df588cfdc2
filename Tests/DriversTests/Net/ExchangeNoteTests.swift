import Basics
import FilesDriver
import NetDriver
import Synchronization
import TestSupport
import Testing

/// A note goes with its exchange to the end, whoever answers and however; and then it is gone.
@Suite struct ExchangeNoteTests {
    @Test func goesWithEveryAnswer() throws {
        let fixture = try NotingFixture()
        let client = try NetClient(fixture.port)
        for path in ["/health", "/nowhere", "/big?40000", "/async", "/stream?3", "/lost", "/drop", "/text"] {
            #expect(try client.get(path).fields["x-mark"] == path, "\(path)")
        }
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        let echo = try client.answer()
        #expect(echo.text == "abc" && echo.fields["x-mark"] == "/echo")
        try client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
        let refused = try client.answer()
        #expect(
            refused.status == 413 && refused.fields["x-mark"] == "/small",
            "refused by the wire, in the handler's name"
        )
    }

    @Test func goesWithAnswersThatWait() throws {
        let fixture = try NotingFixture()
        let client = try NetClient(fixture.port)
        for name in ["a", "b", "c"] { try client.send("GET /later?\(name) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for _ in 0..<3 { _ = fixture.inner.arrived.take() }
        for name in ["c", "b", "a"] { fixture.inner.answer(name, name) }
        for name in ["a", "b", "c"] {
            let answer = try client.answer()
            #expect(answer.text == name && answer.fields["x-mark"] == "/later?\(name)")
        }
        // An exchange ends after its answer went.
        for _ in 0..<3 { _ = fixture.ended.take() }
        #expect(fixture.marks.withLock { $0 } == ["/later?a", "/later?b", "/later?c"])
    }

    @Test func goesWithSockets() throws {
        let fixture = try NotingFixture()
        let client = try NetClient(fixture.port)
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\n\(upgrade)Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        let answer = try client.answer(.headOnly)
        #expect(answer.status == 101 && answer.fields["x-mark"] == "/ws")
    }

    /// Refusals before any handler get a note, too, when the handler gives them one.
    @Test func isGivenToRefusals() throws {
        let fixture = try NotingFixture()
        let client = try NetClient(fixture.port)
        try client.send("GET  / HTTP/1.1\r\n\r\n")
        #expect(try client.answer().fields["x-mark"] == "refused")
        _ = try client.readToEnd()
        #expect(fixture.marks.withLock { $0 } == ["refused"])
    }

    /// Connections that end before their answers leave no note behind.
    @Test func endsWithItsExchange() throws {
        let living: Living
        do {
            let fixture = try NotingFixture()
            living = fixture.living
            for round in 0..<20 {
                let client = try NetClient(fixture.port)
                try client.send(
                    "GET /later?\(round) HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                _ = fixture.inner.arrived.take()
                if round % 2 == 0 { fixture.inner.answer("\(round)", "x") }
            }
            // Whoever keeps a claim keeps its note.
            fixture.inner.waiting.withLock { $0 = [:] }
        }
        #expect(living.count.load(ordering: .relaxed) == 0)
        #expect(living.ever.load(ordering: .relaxed) == 40)
    }
}

/// How many marks there are.
private final class Living: Sendable {
    let count = Atomic(0)
    let ever = Atomic(0)
}

/// A request's own text, counted while it lives.
private final class Mark: Sendable {
    let text: String
    private let living: Living

    init(_ text: String, _ living: Living) {
        self.text = text
        self.living = living
        living.count.add(1, ordering: .relaxed)
        living.ever.add(1, ordering: .relaxed)
    }

    deinit { living.count.subtract(1, ordering: .relaxed) }
}

/// A server on a free port that marks every exchange, ended with the test.
private final class NotingFixture {
    private let handler = NotingHandler()
    private let server: HTTPServer

    var inner: TestHandler { handler.inner }
    var marks: Lock<[String]> { handler.marks }
    var ended: BlockingQueue<Void> { handler.ended }
    var living: Living { handler.living }
    var port: UInt16 { server.ports[0] }

    init() throws { server = try HTTPServer.start(.init(doors: [.init(port: 0, handler: handler)], loops: 1)) }

    deinit { server.stop() }
}

/// Marks every exchange, and lets another handler answer.
private final class NotingHandler: HTTPHandler {
    let inner = TestHandler()
    let marks = Lock<[String]>([])
    let ended = BlockingQueue<Void>()
    let living = Living()

    func handle(_ request: HTTPRequest, _ exchange: consuming HTTPExchange) {
        exchange.note = note(of: request.target.text)
        #expect((exchange.note?.content as? Mark)?.text == request.target.text)
        inner.handle(request, exchange)
    }

    func response(to refusal: HTTPRefusal, note: inout ExchangeNote?) -> HTTPResponse {
        if note == nil { note = self.note(of: "refused") }
        return HTTPResponse(refusal.status)
    }

    func finished(_ record: ExchangeRecord) {
        let mark = record.note?.content as? Mark
        marks.withLock { $0.append(mark?.text ?? "none") }
        ended.append(())
    }

    private func note(of text: String) -> ExchangeNote {
        var fields = HTTPFields()
        fields.add("X-Mark", text)
        return ExchangeNote(Mark(text, living), fields: fields)
    }
}
