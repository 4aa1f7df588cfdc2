import Basics
import FilesDriver
import TestSupport
import Testing

@testable import NetDriver

/// WebSockets over real sockets: handshake, messages, closing, pressure.
@Suite struct WebSocketServerTests {
    private typealias Frames = MessageReaderTests

    private func open(_ fixture: NetFixture, _ fields: String = "", receiveBuffer: Int32? = nil) throws -> NetClient {
        let client = try NetClient(fixture.port, receiveBuffer: receiveBuffer)
        try client.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n\(fields)"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        let answer = try client.answer()
        #expect(answer.status == 101)
        #expect(answer.fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(answer.fields["sec-websocket-protocol"] == (fields.isEmpty ? nil : "prima.json"))
        return client
    }

    /// Reads one frame of the server: opcode and payload.
    private func frame(_ client: NetClient) throws -> (UInt8, [UInt8]) {
        let head = try client.read(2)
        #expect(head[0] & 0xF0 == 0x80)
        var length = Int(head[1])
        if length == 126 { length = try client.read(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try client.read(8).reduce(0) { $0 << 8 | Int($1) } }
        return (head[0] & 0x0F, try client.read(length))
    }

    private func expect(_ client: NetClient, _ opcode: UInt8, _ payload: [UInt8]) throws {
        let (code, bytes) = try frame(client)
        #expect(code == opcode)
        #expect(bytes == payload)
    }

    @Test func echoes() throws {
        let fixture = try NetFixture()
        let client = try open(fixture, "Sec-WebSocket-Protocol: other, prima.json\r\n")
        for count in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
            let payload = [UInt8](repeating: 0x61, count: count)
            try client.send(Frames.frame(1, payload))
            try expect(client, 1, payload)
            try client.send(Frames.frame(2, payload))
            try expect(client, 2, payload)
        }
        try client.send(Frames.frame(9, [1, 2, 3]))
        try expect(client, 10, [1, 2, 3])
        try client.send(Frames.frame(1, Array("close please".utf8)))
        try expect(client, 8, [0x03, 0xE8] + Array("as you wish".utf8))
        try client.send(Frames.frame(8, [0x03, 0xE8]))
        #expect(try client.readToEnd() == [])
        #expect(fixture.handler.closes.take() == 1000)
    }

    /// Frames that come right behind the handshake, and byte by byte.
    @Test func doesNotMindCuts() throws {
        let fixture = try NetFixture()
        let client = try fixture.client()
        let bytes =
            Array(
                ("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").utf8
            ) + Frames.frame(1, Array("early".utf8)) + Frames.frame(1, Array("fr".utf8), fin: false)
            + Frames.frame(9, [7]) + Frames.frame(0, Array("ag".utf8))
        try client.send(bytes)
        #expect(try client.answer().status == 101)
        try expect(client, 1, Array("early".utf8))
        try expect(client, 10, [7])
        try expect(client, 1, Array("frag".utf8))
        for byte in Frames.frame(2, [1, 2, 3, 4, 5]) { try client.send([byte]) }
        try expect(client, 2, [1, 2, 3, 4, 5])
        #expect(fixture.server.loops[0].counters.bytesBuffered == 0)
    }

    @Test func refusesWhatBreaksTheProtocol() throws {
        let fixture = try NetFixture { $0.messageBytes = 1 << 20 }
        for (bytes, fault) in Frames.faults {
            let client = try open(fixture)
            try client.send(bytes + Frames.frame(1, Array("never".utf8)))
            let code = fault.code.number
            try expect(client, 8, [UInt8(code >> 8), UInt8(code & 0xFF)])
            client.endWriting()
            #expect(try client.readToEnd() == [])
            #expect(fixture.handler.closes.take() == code)
        }
    }

    @Test func answersCloseFrames() throws {
        let fixture = try NetFixture()
        for payload in [[], [0x03, 0xE8], [0x0F, 0xA0] + Array("bye".utf8)] as [[UInt8]] {
            let client = try open(fixture)
            try client.send(Frames.frame(8, payload))
            try expect(client, 8, Array(payload.prefix(2)))
            #expect(try client.readToEnd() == [])
            #expect(
                fixture.handler.closes.take() == (payload.isEmpty ? 1005 : UInt16(payload[0]) << 8 | UInt16(payload[1]))
            )
        }
        do { _ = try open(fixture) }
        #expect(fixture.handler.closes.take() == 1006)
    }

    @Test func sendsFromOtherThreads() throws {
        let fixture = try NetFixture(loops: 2)
        let clients = try (0..<10).map { _ in try open(fixture) }
        let sockets = clients.compactMap { _ in fixture.handler.sockets.take() }
        let shared = WebSocketFrame.text(String(repeating: "to all ", count: 10_000))
        for number in 0..<20 {
            for socket in sockets { #expect(socket.send(number % 2 == 0 ? shared : .text("\(number)")) == .posted) }
        }
        for client in clients {
            for number in 0..<20 {
                let (_, payload) = try frame(client)
                #expect(payload.count == (number % 2 == 0 ? 70_000 : "\(number)".utf8.count))
            }
        }
        for socket in sockets { socket.close(.goingAway) }
        for client in clients { try expect(client, 8, [0x03, 0xE9]) }
    }

    /// A follower that does not read is closed, after whole messages, and others are not held up.
    @Test func closesWhoFallsBehind() throws {
        let fixture = try NetFixture {
            $0.outputBytes = 500_000
            $0.outputMark = 100_000
        }
        let client = try open(fixture, receiveBuffer: 4096)
        let socket = try #require(fixture.handler.sockets.take())
        let frame = WebSocketFrame.binary([UInt8](repeating: 9, count: 50_000))
        for _ in 0..<400 { socket.send(frame) }
        let other = try fixture.client()
        #expect(try other.get("/health").status == 200)
        #expect(fixture.server.loops[0].counters.bytesBuffered < 1_000_000)
        var count = 0
        while true {
            let (opcode, payload) = try self.frame(client)
            if opcode == 8 {
                #expect(payload == [0x03, 0xF5])
                break
            }
            #expect(payload.count == 50_000)
            count += 1
        }
        #expect(count < 400)
        client.endWriting()
        #expect(fixture.handler.closes.take() == 1013)
    }

    /// A client that floods and never reads is not read any more.
    @Test func stopsReadingWhoDoesNotRead() throws {
        let fixture = try NetFixture { $0.outputMark = 50_000 }
        let client = try open(fixture, receiveBuffer: 4096)
        let flood = (0..<400).flatMap { _ in Frames.frame(2, [UInt8](repeating: 7, count: 10_000)) }
        let sender = Thread.start(name: "flood") { [socket = client.socket] in NetClient.send(flood, to: socket) }
        let other = try fixture.client()
        for _ in 0..<50 { #expect(try other.get("/health").status == 200) }
        #expect(fixture.server.loops[0].counters.bytesBuffered < 500_000)
        for _ in 0..<400 { try expect(client, 2, [UInt8](repeating: 7, count: 10_000)) }
        sender.join()
    }

    @Test func pingsTheSilent() throws {
        let fixture = try NetFixture { $0.pingSeconds = 0.2 }
        let client = try open(fixture)
        try expect(client, 9, [])
        try client.send(Frames.frame(10, []))
        try expect(client, 9, [])
        #expect(try client.readToEnd() == [])
        #expect(fixture.handler.closes.take() == 1006)
    }

    @Test func drainsSockets() throws {
        let fixture = try NetFixture()
        let client = try open(fixture)
        let server = fixture.server
        let drained = Thread.start(name: "drain") { server.drain(seconds: 30) }
        try expect(client, 8, [0x03, 0xE9])
        try client.send(Frames.frame(8, [0x03, 0xE9]))
        #expect(try client.readToEnd() == [])
        drained.join()
        #expect(fixture.handler.closes.take() == 1001)
    }
}
