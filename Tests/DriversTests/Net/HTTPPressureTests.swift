import Basics
import FilesDriver
import NetDriver
import TestSupport
import Testing

/// Too much, too slow, too many: memory stays bounded, and whoever is refused hears it.
@Suite struct HTTPPressureTests {
    /// A client that asks and never reads stops being read: what waits for it is bounded.
    @Test func stopsReadingWhoDoesNotRead() throws {
        let fixture = try NetFixture { $0.outputMark = 100_000 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send(String(repeating: "GET /big?50000 HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000))
        let other = try fixture.client()
        // The loop has gone round since: it has read what it will.
        for _ in 0..<20 { #expect(try other.get("/health").status == 200) }
        let asked = fixture.server.loops[0].counters.requests.value - 20
        #expect(asked < 200, "asked \(asked)")
        #expect(fixture.server.loops[0].counters.bytesBuffered < 1_000_000)
        for _ in 0..<1000 { #expect(try client.answer().body.count == 50_000) }
        #expect(fixture.server.loops[0].counters.requests.value == 1020)
    }

    @Test func stopsStreamsForSlowReaders() throws {
        let fixture = try NetFixture { $0.outputMark = 100_000 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send("GET /stream?20000 HTTP/1.1\r\nHost: a\r\n\r\n")
        let other = try fixture.client()
        for _ in 0..<20 { #expect(try other.get("/health").status == 200) }
        let source = try #require(fixture.handler.sources.withLock { $0.first })
        #expect(source.written < 10_000, "written \(source.written)")
        #expect(try client.answer().body.count == 20_000_000)
    }

    @Test func waitsWithThePipeline() throws {
        let fixture = try NetFixture { $0.pipelined = 4 }
        let client = try fixture.client()
        for name in 0..<10 { try client.send("GET /later?\(name) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for _ in 0..<4 { _ = fixture.handler.arrived.take() }
        let other = try fixture.client()
        for _ in 0..<5 { #expect(try other.get("/health").status == 200) }
        #expect(fixture.handler.arrived.isEmpty)
        for name in 0..<10 {
            fixture.handler.answer("\(name)", "\(name)")
            #expect(try client.answer().text == "\(name)")
            if name < 6 { #expect(fixture.handler.arrived.take() == "\(name + 4)") }
        }
    }

    @Test func shedsLoad() throws {
        let fixture = try NetFixture { $0.unanswered = 3 }
        let clients = try (0..<4).map { _ in try fixture.client() }
        for index in 0..<3 { try clients[index].send("GET /later?\(index) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for _ in 0..<3 { _ = fixture.handler.arrived.take() }
        let answer = try clients[3].get("/health")
        #expect(answer.status == 503)
        #expect(answer.fields["retry-after"] == "1")
        for index in 0..<3 { fixture.handler.answer("\(index)", "") }
        for index in 0..<3 { #expect(try clients[index].answer().status == 200) }
        #expect(try clients[3].get("/health").status == 200)
    }

    @Test func turnsConnectionsAway() throws {
        let fixture = try NetFixture { $0.connections = 3 }
        var clients = try (0..<3).map { _ in try fixture.client() }
        for client in clients { #expect(try client.get("/health").status == 200) }
        let one = try fixture.client()
        let answer = try one.answer()
        #expect(answer.status == 503)
        #expect(answer.fields["retry-after"] == "1")
        clients.removeLast()
        // The loop hears of the end before it hears of what comes later.
        #expect(try clients[0].get("/health").status == 200)
        #expect(try fixture.client().get("/health").status == 200)
    }

    @Test(arguments: [
        "G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
        "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    ]) func refusesWhatIsTooSlow(_ start: String) throws {
        let fixture = try NetFixture {
            $0.headSeconds = 0.2
            $0.bodyGraceSeconds = 0.2
        }
        let client = try fixture.client()
        try client.send(start)
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer.fields["connection"] == "close")
        #expect(try client.readToEnd() == [])
    }

    @Test func closesIdleConnections() throws {
        let fixture = try NetFixture {
            $0.headSeconds = 0.2
            $0.idleSeconds = 0.2
        }
        let silent = try fixture.client()
        let idle = try fixture.client()
        #expect(try idle.get("/health").status == 200)
        #expect(try silent.readToEnd() == [])
        #expect(try idle.readToEnd() == [])
    }

    @Test func cutsStalledReaders() throws {
        let fixture = try NetFixture { $0.stalledSeconds = 0.3 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send("GET /big?20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        let other = try fixture.client()
        while fixture.server.loops[0].counters.closed.value == 0 { #expect(try other.get("/health").status == 200) }
        #expect(fixture.server.loops[0].counters.bytesBuffered == 0)
    }

    @Test func drainsInOrder() throws {
        let fixture = try NetFixture(loops: 2)
        let (idle, busy) = (try fixture.client(), try fixture.client())
        #expect(try idle.get("/health").status == 200)
        try busy.send("GET /later?a HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = fixture.handler.arrived.take()
        let server = fixture.server
        let drained = Thread.start(name: "drain") { server.drain(seconds: 30) }
        #expect(try idle.readToEnd() == [])
        // Each loop has its own listener; in the end none is left.
        while let client = try? fixture.client() { _ = try? client.readToEnd() }
        fixture.handler.answer("a", "in time")
        let answer = try busy.answer()
        #expect(answer.text == "in time")
        #expect(answer.fields["connection"] == "close")
        #expect(try busy.readToEnd() == [])
        drained.join()
    }

    @Test func drainHasADeadline() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        try client.send("GET /later?a HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = fixture.handler.arrived.take()
        fixture.server.drain(seconds: 0.1)
        #expect(try client.readToEnd() == [])
    }

    /// As many connections as a test may open, all idle: they cost a slot each, and each still answers.
    @Test func keepsManyIdle() throws {
        let fixture = try NetFixture(loops: 2)
        let clients = try (0..<1500).map { _ in try fixture.client() }
        for client in clients { try client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients { #expect(try client.answer().status == 200) }
        #expect(fixture.server.loops.map { $0.counters.bytesBuffered }.reduce(0, +) == 0)
    }
}
