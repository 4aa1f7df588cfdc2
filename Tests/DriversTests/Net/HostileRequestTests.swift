import Basics
import FilesDriver
import TestSupport
import Testing

@testable import NetDriver

/// Requests that mean harm, over real sockets: a clear refusal, the end of the connection, and nothing else.
@Suite struct HostileRequestTests {
    /// What is sent, and the status that it gets; behind each stands a request that must never be served.
    static let requests: [(String, Int)] =
        RequestParserTests.refusals.map { ($0.0, Int($0.1.status.code)) } + [
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0 \r\n\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400),
            (
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;"
                    + String(repeating: "e", count: 2000),
                400
            ),
            (
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
                    + String(repeating: "T: t\r\n", count: 2000),
                400
            ),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", 413),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n", 413),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (String(repeating: "A", count: 40_000), 414),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 40_000))", 431),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}", 400),
            ("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 400),
            (handshake(version: "12"), 426), (handshake(key: "short"), 400),
            (handshake(key: "dGhlIHNhbXBsZSBub25jZQ=="), 101),
            (handshake(key: "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400),
            (handshake(key: "dGhlIHNhbXBsZSBub25jZ???"), 400),
            (handshake(version: "13\r\nSec-WebSocket-Version: 13"), 400),
            (handshake(method: "POST"), 400), (handshake(old: "HTTP/1.0"), 400),
            (handshake(version: "13\r\nContent-Length: 4"), 400),
            ("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ]

    private static func handshake(
        method: String = "GET",
        old: String = "HTTP/1.1",
        key: String = "dGhlIHNhbXBsZSBub25jZQ==",
        version: String = "13"
    ) -> String {
        "\(method) /ws \(old)\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: \(version)\r\n\r\n"
    }

    @Test func refusesAndCloses() throws {
        let fixture = try NetFixture()
        #expect(Self.requests.count >= 60)
        for (text, status) in Self.requests where status != 101 {
            let client = try fixture.client()
            try client.send(text + "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == status, "\(text.debugDescription.prefix(120))")
            #expect(answer.fields["connection"] == "close", "\(text.debugDescription.prefix(120))")
            client.endWriting()
            #expect(try client.readToEnd() == [], "\(text.debugDescription.prefix(120))")
        }
        #expect(try fixture.client().get("/health").status == 200)
    }

    /// The same, one byte at a time.
    @Test func refusesDrips() throws {
        let fixture = try NetFixture()
        for (text, status) in Self.requests where status != 101 && text.utf8.count < 200 {
            let client = try fixture.client()
            for byte in Array(text.utf8) where (try? client.send([byte])) == nil { break }
            #expect(try client.answer().status == status, "\(text.debugDescription.prefix(120))")
        }
    }

    /// What is cut in the middle is not served.
    @Test func servesNothingThatIsCut() throws {
        let fixture = try NetFixture()
        let request = Array("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".utf8)
        for cut in 1..<request.count {
            let client = try fixture.client()
            try client.send(Array(request[..<cut]))
            client.endWriting()
            #expect(try client.readToEnd() == [])
        }
        #expect(fixture.handler.records.withLock { $0.isEmpty })
    }

    /// Noise is refused, or ignored; the server stays.
    @Test func survivesNoise() throws {
        let fixture = try NetFixture()
        var random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            let client = try fixture.client()
            try? client.send(random.bytes(1 + random.below(300)))
            client.endWriting()
            let answer = try client.readToEnd()
            #expect(
                answer.isEmpty || answer.starts(with: Array("HTTP/1.1 4".utf8))
                    || answer.starts(with: Array("HTTP/1.1 5".utf8))
            )
        }
        #expect(try fixture.client().get("/health").status == 200)
    }
}
