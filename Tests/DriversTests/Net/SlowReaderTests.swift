import Basics
import FilesDriver
import TestSupport
import Testing

@testable import NetDriver

/// Followers that stop reading: what they hold is bounded, and what they were sent ends with a whole event.
@Suite struct SlowReaderTests {
    /// Small events, and events that are larger than what is copied, or sealed, at once.
    @Test(arguments: [50, 1000, 20_000, 100_000])
    func streamsEndBetweenEvents(_ size: Int) throws {
        let fixture = try NetFixture { $0.stalledSeconds = 0.3 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send("GET /events?\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
        let other = try fixture.client()
        while fixture.server.loops[0].counters.leftBehind.value == 0 { #expect(try other.get("/health").status == 200) }
        let source = try #require(fixture.handler.sources.withLock { $0.first })
        #expect(source.isClosed)
        // Small events travel together.
        #expect(fixture.server.loops[0].counters.bytesBuffered < size + 17_000)
        // The answer is whole, with its last chunk: it is an end, not a cut.
        let answer = try client.answer()
        #expect(answer.body.count > 0 && answer.body.count % size == 0)
        #expect(answer.body.last == 0x0A)
        #expect(try client.readToEnd() == [])
    }

    @Test func boundsWhatAStreamHolds() throws {
        let fixture = try NetFixture { $0.outputMark = 50_000 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send("GET /events?1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        let other = try fixture.client()
        for _ in 0..<20 { #expect(try other.get("/health").status == 200) }
        #expect(fixture.server.loops[0].counters.bytesBuffered < 52_000)
    }

    /// When all connections together hold too much, each holds less.
    @Test func holdsLessWhenThereIsMuch() throws {
        let fixture = try NetFixture { $0.bufferedBytes = 100_000 }
        let clients = try (0..<50).map { _ in try NetClient(fixture.port, receiveBuffer: 4096) }
        for client in clients { try client.send("GET /events?1000 HTTP/1.1\r\nHost: a\r\n\r\n") }
        let counters = fixture.server.loops[0].counters
        while counters.requests.value < 50 { _ = try fixture.client().get("/health") }
        #expect(counters.bytesBuffered < 500_000, "\(counters.bytesBuffered)")
    }

    @Test(arguments: [50, 1000, 20_000, 100_000])
    func socketsEndBetweenMessages(_ size: Int) throws {
        let fixture = try NetFixture { $0.stalledSeconds = 0.3 }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        #expect(try client.answer(.headOnly).status == 101)
        let socket = try #require(fixture.handler.sockets.take())
        let frame = WebSocketFrame.binary([UInt8](repeating: 7, count: size))
        for _ in 0..<(8_000_000 / size) { socket.send(frame) }
        #expect(fixture.handler.closes.take() == 1013)
        #expect(fixture.server.loops[0].counters.bytesBuffered < size + 32)
        var messages = 0
        while case let head = try client.read(2), head[0] == 0x82 {
            let length = head[1] == 127 ? 8 : head[1] == 126 ? 2 : 0
            let count = length == 0 ? Int(head[1]) : try client.read(length).reduce(0) { $0 << 8 | Int($1) }
            #expect(count == size)
            #expect(try client.read(count).allSatisfy { $0 == 7 })
            messages += 1
        }
        #expect(messages > 0)
        // The close frame's head was read above: 1013, and the end.
        #expect(try client.read(2) == [0x03, 0xF5])
        #expect(try client.readToEnd() == [])
    }

    /// Whoever never reads on is cut in the end.
    @Test func cutsWhoStaysAway() throws {
        let fixture = try NetFixture {
            $0.stalledSeconds = 0.2
            $0.leftBehindSeconds = 0.2
        }
        let client = try NetClient(fixture.port, receiveBuffer: 4096)
        try client.send("GET /events?1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        let other = try fixture.client()
        while fixture.server.loops[0].counters.closed.value == 0 { #expect(try other.get("/health").status == 200) }
        #expect(fixture.server.loops[0].counters.bytesBuffered == 0)
    }
}

/// The queue against a plain array of bytes, with its units.
@Suite struct OutputQueueTests {
    @Test func cutsWhereAUnitEnds() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let queue = OutputQueue()
            var (all, ends, sent, byte) = ([UInt8](), [0], 0, UInt8(0))
            queue.markEnd()
            for _ in 0..<random.below(30) {
                let parts = 1 + random.below(3)
                for _ in 0..<parts {
                    let piece = (0..<random.below(random.below(2) == 0 ? 20 : 6000)).map { _ in
                        byte &+= 1
                        return byte
                    }
                    queue.append(piece)
                    all += piece
                }
                queue.markEnd()
                ends.append(all.count)
                while random.below(2) == 0, !queue.isEmpty {
                    let count = 1 + random.below(queue.nextCount)
                    queue.removeFirst(count)
                    sent += count
                }
            }
            let least = random.below(3) == 0 ? min(queue.nextCount, 100) : 0
            #expect(queue.cutAfterUnit(atLeast: least) == .done)
            let end = ends.first { $0 >= sent + least } ?? -1
            #expect(queue.count == end - sent)
            var rest: [UInt8] = []
            while !queue.isEmpty {
                unsafe queue.withNext { unsafe rest += Array($0) }
                queue.removeFirst(queue.nextCount)
            }
            #expect(rest == Array(all[sent..<end]))
        }
    }
}
