import Basics
import FilesDriver
import NetDriver
import TestSupport
import Testing

/// A server over real sockets: what is asked is answered, in order, and nothing else is.
@Suite struct HTTPServerTests {
    @Test func answersAndStaysOpen() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        for _ in 0..<3 {
            let answer = try client.get("/health")
            #expect(answer.status == 200)
            #expect(answer.text == "{\"status\": \"ok\"}\n\n\n\n")
            #expect(answer.fields["connection"] == nil)
            #expect(answer.fields["date"]?.hasSuffix(" GMT") ?? false)
        }
        #expect(try client.get("/nowhere").status == 404)
        #expect(try client.get("/health", "Connection: close\r\n").fields["connection"] == "close")
        #expect(try client.readToEnd() == [])
    }

    @Test func answersOldClients() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.answer().fields["connection"] == "keep-alive")
        try client.send("GET /health HTTP/1.0\r\n\r\n")
        #expect(try client.answer().fields["connection"] == "close")
        #expect(try client.readToEnd() == [])
    }

    @Test func headHasNoBody() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("HEAD /big?100000 HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.answer(.headOnly)
        #expect(answer.fields["content-length"] == "100000")
        #expect(try client.answer().status == 200)
    }

    @Test func servesPipelinesInOrder() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        let request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
        try client.send((0..<500).map { "\(request)\("\($0)".utf8.count)\r\n\r\n\($0)" }.joined())
        for number in 0..<500 { #expect(try client.answer().text == "\(number)") }
    }

    /// Answers that are given in the wrong order go out in the right one.
    @Test func ordersLateAnswers() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        for name in ["a", "b", "c"] { try client.send("GET /later?\(name) HTTP/1.1\r\nHost: a\r\n\r\n") }
        try client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream?2 HTTP/1.1\r\nHost: a\r\n\r\n")
        try client.send("GET /stream?50 HTTP/1.1\r\nHost: a\r\n\r\nGET /later?d HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<4 { _ = fixture.handler.arrived.take() }
        for name in ["d", "c", "b", "a"] { fixture.handler.answer(name, "answer \(name)") }
        for name in ["a", "b", "c"] { #expect(try client.answer().text == "answer \(name)") }
        #expect(try client.answer().fields["content-length"] == "20")
        #expect(try client.answer(.headOnly).fields["transfer-encoding"] == "chunked")
        #expect(try client.answer().body.count == 50_000)
        #expect(try client.answer().text == "answer d")
    }

    /// Many connections with answers from another thread, in any order: nobody gets another's.
    @Test func answersFromOtherThreads() throws {
        let fixture = try NetFixture(loops: 2)
        let clients = try (0..<20).map { _ in try fixture.client() }
        for round in 0..<10 {
            for (index, client) in clients.enumerated() {
                try client.send("GET /later?\(round).\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            let names = clients.indices.compactMap { _ in fixture.handler.arrived.take() }
            for name in names.shuffled() { fixture.handler.answer(name, name) }
            for (index, client) in clients.enumerated() { #expect(try client.answer().text == "\(round).\(index)") }
        }
    }

    @Test func dropsAnswersToWhoHasGone() throws {
        let fixture = try NetFixture()
        do {
            let client = try fixture.client()
            try client.send("GET /later?gone HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = fixture.handler.arrived.take()
        }
        let other = try fixture.client()
        #expect(try other.get("/health").status == 200)
        fixture.handler.answer("gone", "to nobody")
        #expect(try other.get("/health").text == "{\"status\": \"ok\"}\n\n\n\n")
    }

    @Test func answersForHandlersThatDoNot() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        #expect(try client.get("/drop").status == 500)
        #expect(try client.get("/lost").status == 500)
        #expect(try client.get("/async").status == 200)
    }

    @Test func readsBodies() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        let body = String(repeating: "0123456789", count: 50_000)
        for path in ["/echo", "/count"] {
            let wanted = path == "/echo" ? body : "\(body.utf8.count)"
            try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            #expect(try client.answer().text == wanted)
            try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<10 { try client.send("c350;x=y\r\n\(body.prefix(50_000))\r\n") }
            try client.send("0\r\nT: t\r\n\r\n")
            #expect(try client.answer().text == wanted)
        }
        #expect(try client.get("/echo").text == "")
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n~paused")
        try client.send("~more")
        #expect(try client.answer().text == "12")
    }

    @Test func expectsWhenAsked() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 100)
        try client.send("hello")
        #expect(try client.answer().text == "hello")
        try client.send("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().fields["connection"] == "close")
    }

    @Test func readsOverWhatNobodyWants() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n")
        #expect(try client.answer().status == 200)
        try client.send(String(repeating: "x", count: 30_000))
        try client.send("POST /later?a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        _ = fixture.handler.arrived.take()
        fixture.handler.answer("a", "late")
        #expect(try client.answer().text == "late")
        try client.send("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        #expect(try client.answer().fields["connection"] == "close")
    }

    @Test func boundsBodies() throws {
        let fixture = try NetFixture { $0.bodyBytes = 1000 }
        for request in [
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
                + String(repeating: "x", count: 1001),
            "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
        ] {
            let client = try fixture.client()
            try client.send(request)
            let answer = try client.answer()
            #expect(answer.status == 413)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.readToEnd() == [])
        }
        let client = try fixture.client()
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n!no")
        #expect(try client.answer().status == 422)
        #expect(try client.readToEnd() == [])
    }

    /// A client that has said all it will still hears the answers.
    @Test func answersHalfClosedClients() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("GET /later?a HTTP/1.1\r\nHost: a\r\n\r\nGET /big?300000 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.endWriting()
        _ = fixture.handler.arrived.take()
        let other = try fixture.client()
        #expect(try other.get("/health").status == 200)
        fixture.handler.answer("a", "late")
        #expect(try client.answer().text == "late")
        #expect(try client.answer().body.count == 300_000)
        #expect(try client.readToEnd() == [])
    }

    @Test func compressesAndValidates() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        let plain = try client.get("/text")
        #expect(plain.fields["vary"] == "Accept-Encoding")
        #expect(plain.fields["content-encoding"] == nil)
        let short = try client.get("/text", "Accept-Encoding: br, gzip\r\n")
        #expect(short.fields["content-encoding"] == "gzip")
        #expect(short.body.count < plain.body.count / 10)
        #expect(try client.get("/tag?v1").fields["etag"] == "\"v1\"")
        let known = try client.get("/tag?v1", "If-None-Match: \"v0\", W/\"v1\"\r\n")
        #expect(known.status == 304)
        #expect(known.fields["content-length"] == nil)
        #expect(try client.get("/tag?v2", "If-None-Match: \"v1\"\r\n").status == 200)
    }

    @Test func streams() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        #expect(try client.get("/stream?2000").body.count == 2_000_000)
        #expect(try client.get("/stream?0").body.isEmpty)
        try client.send("GET /stream?3 HTTP/1.0\r\n\r\n")
        #expect(try client.answer().body.count == 3000)
    }

    @Test func recordsWhatItDid() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        _ = try client.get("/health")
        _ = try client.get("/big?7")
        try client.send("BAD\r\n\r\n")
        _ = try client.readToEnd()
        let records = fixture.handler.records.withLock { $0 }
        #expect(records.map(\.status.code) == [200, 200, 400])
        #expect(records.map(\.route) == [7, 4, 0])
        #expect(records[1].sent == 7)
        let counters = fixture.server.loops[0].counters
        #expect(counters.requests.value == 2)
        #expect(counters.refused.value == 1)
        #expect(counters.accepted.value == 1)
    }

    @Test func listensWhereItIsTold() throws {
        let fixture = try NetFixture(loops: 2)
        let taken = HTTPServer.Configuration(doors: [.init(port: fixture.port, handler: TestHandler())], loops: 2)
        #expect { _ = try HTTPServer.start(taken) } throws: { ($0 as? NetFailure)?.kind == .addressInUse }
        let unknown = HTTPServer.Configuration(
            doors: [.init(host: "192.0.2.1", port: 0, handler: TestHandler())],
            loops: 1
        )
        #expect { _ = try HTTPServer.start(unknown) } throws: { ($0 as? NetFailure)?.kind == .addressUnknown }
        let both = try HTTPServer.start(
            .init(doors: [.init(host: "localhost", port: 0, handler: TestHandler())], loops: 1)
        )
        #expect(try NetClient(both.ports[0]).get("/health").status == 200)
        both.stop()
    }
}
