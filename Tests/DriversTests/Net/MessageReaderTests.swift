import Basics
import TestSupport
import Testing

@testable import NetDriver

/// WebSocket messages out of frames: put together however they come, and refused when they break the protocol.
@Suite struct MessageReaderTests {
    enum Event: Equatable {
        case text(String), binary([UInt8]), ping([UInt8]), pong([UInt8]), close(UInt16)
        case fault(WebSocketFault)
    }

    /// A client's frame, masked.
    static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8],
        fin: Bool = true,
        mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        var bytes: [UInt8] = [(fin ? 0x80 : 0) | opcode]
        switch payload.count {
        case 0..<126: bytes.append(0x80 | UInt8(payload.count))
        case 126..<0x1_0000: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [0x80 | 127] + (0..<8).map { UInt8(payload.count >> ((7 - $0) * 8) & 0xFF) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    private func read(_ bytes: [UInt8], cuts: [Int] = [], limit: Int = 1 << 20) -> [Event] {
        var reader = MessageReader(limit: limit)
        var events: [Event] = []
        var kept: [UInt8] = []
        var start = 0
        for end in cuts.sorted() + [bytes.count] {
            kept += bytes[start..<end]
            start = end
            var offset = 0
            reading: while true {
                do {
                    switch try reader.step(kept.raw, at: &offset) {
                    case .incomplete: break reading
                    case .text: events.append(.text(String(decoding: reader.content, as: UTF8.self)))
                    case .binary: events.append(.binary(reader.content))
                    case .ping: events.append(.ping(reader.content))
                    case .pong: events.append(.pong(reader.content))
                    case .close(let code): return events + [.close(code.number)]
                    }
                } catch { return events + [.fault(error)] }
            }
            kept.removeFirst(offset)
        }
        return events
    }

    private typealias Tests = MessageReaderTests

    @Test func readsMessages() {
        #expect(read(Tests.frame(1, Array("Hello".utf8))) == [.text("Hello")])
        #expect(read([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]) == [.text("Hello")])
        #expect(read(Tests.frame(1, [])) == [.text("")])
        for count in [1, 125, 126, 127, 128, 65_535, 65_536, 70_000] {
            let payload = [UInt8](repeating: 0xFE, count: count)
            #expect(read(Tests.frame(2, payload)) == [.binary(payload)])
        }
    }

    @Test func readsFragmentsWithControlBetween() {
        let bytes =
            Tests.frame(1, Array("frag".utf8), fin: false) + Tests.frame(9, [1, 2]) + Tests.frame(0, [], fin: false)
            + Tests.frame(10, []) + Tests.frame(0, Array("ment".utf8)) + Tests.frame(8, [0x03, 0xE8])
        let events: [Event] = [.ping([1, 2]), .pong([]), .text("fragment"), .close(1000)]
        #expect(read(bytes) == events)
        for cut in 0..<bytes.count { #expect(read(bytes, cuts: [cut]) == events) }
        #expect(read(bytes, cuts: Array(0..<bytes.count)) == events)
    }

    static let faults: [([UInt8], WebSocketFault)] = [
        ([0x81, 0x05] + Array("Hello".utf8), .protocolError),
        ([0xC1, 0x80, 0, 0, 0, 0], .protocolError), ([0xA1, 0x80, 0, 0, 0, 0], .protocolError),
        ([0x91, 0x80, 0, 0, 0, 0], .protocolError), (frame(3, []), .protocolError), (frame(7, []), .protocolError),
        (frame(11, []), .protocolError), (frame(15, []), .protocolError),
        (frame(9, [], fin: false), .protocolError), (frame(8, [], fin: false), .protocolError),
        (frame(9, [UInt8](repeating: 0, count: 126)), .protocolError), (frame(0, [1]), .protocolError),
        (frame(0, [], fin: false), .protocolError), (frame(1, [], fin: false) + frame(1, []), .protocolError),
        (frame(1, [], fin: false) + frame(2, []), .protocolError),
        ([0x82, 0xFE, 0, 125, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 125), .protocolError),
        ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], .protocolError),
        ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .protocolError),
        ([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], .tooLarge),
        (frame(8, [3]), .protocolError), (frame(8, [0, 0]), .protocolError), (frame(8, [0x03, 0xE7]), .protocolError),
        (frame(8, [0x03, 0xEC]), .protocolError), (frame(8, [0x03, 0xED]), .protocolError),
        (frame(8, [0x03, 0xEE]), .protocolError), (frame(8, [0x03, 0xF7]), .protocolError),
        (frame(8, [0x04, 0x4C]), .protocolError), (frame(8, [0x0B, 0xB7]), .protocolError),
        (frame(8, [0x13, 0x88]), .protocolError), (frame(8, [0x03, 0xE8, 0xC0]), .invalidText),
        (frame(1, [0xCE, 0xBA, 0xED, 0xA0, 0x80]), .invalidText), (frame(1, [0xC0, 0x80]), .invalidText),
        (frame(1, [0xF4, 0x90, 0x80, 0x80]), .invalidText), (frame(1, [0xE2, 0x82]), .invalidText),
        (frame(1, [0xFE]), .invalidText), (frame(1, [0x61, 0x80]), .invalidText),
        (frame(1, [0xE2, 0x82], fin: false) + frame(0, [0x41]), .invalidText),
        (frame(1, [0xF4], fin: false) + frame(0, [0x90], fin: false), .invalidText),
    ]

    @Test(arguments: faults) func refuses(_ bytes: [UInt8], _ fault: WebSocketFault) {
        #expect(read(bytes) == [.fault(fault)])
        for cut in 0..<bytes.count { #expect(read(bytes, cuts: [cut]) == [.fault(fault)]) }
    }

    @Test func takesCloseCodes() {
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] as [UInt16] {
            #expect(
                read(Tests.frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array("bye é".utf8))) == [.close(code)]
            )
        }
        #expect(read(Tests.frame(8, [])) == [.close(1005)])
    }

    @Test func boundsMessages() {
        #expect(read(Tests.frame(2, [1, 2, 3, 4]), limit: 4) == [.binary([1, 2, 3, 4])])
        #expect(read(Tests.frame(2, [1, 2, 3, 4, 5]), limit: 4) == [.fault(.tooLarge)])
        let parts = Tests.frame(2, [1, 2, 3], fin: false) + Tests.frame(0, [4, 5])
        #expect(read(parts, limit: 4) == [.fault(.tooLarge)])
    }

    /// A text that goes bad is refused at the first bad byte, before its frame is whole.
    @Test func refusesEarly() {
        let bytes = Tests.frame(1, [0x61, 0xFF] + [UInt8](repeating: 0x61, count: 100))
        #expect(read(Array(bytes[..<8])) == [.fault(.invalidText)])
        #expect(read(Array(bytes[..<7])) == [])
    }

    /// Random conversations come out as they went in, however they are fragmented and cut.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func doesNotMindCuts(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let letters = Array("aé€😀\u{7FF}\u{800}\u{FFFF}z")
        for _ in 0..<200 {
            var (bytes, events): ([UInt8], [Event]) = ([], [])
            for _ in 0..<1 + random.below(4) {
                let isText = random.chance(600)
                let text = String((0..<random.below(60)).map { _ in letters[random.below(letters.count)] })
                let payload = isText ? Array(text.utf8) : random.bytes(random.below(200))
                var start = 0
                var opcode: UInt8 = isText ? 1 : 2
                while true {
                    let end = random.chance(500) ? payload.count : start + random.below(payload.count - start + 1)
                    let isLast = end == payload.count && random.chance(700)
                    bytes += Self.frame(opcode, Array(payload[start..<end]), fin: isLast, mask: random.bytes(4))
                    (start, opcode) = (end, 0)
                    if isLast { break }
                    if random.chance(300) {
                        let ping = random.bytes(random.below(20))
                        bytes += Self.frame(9, ping, mask: random.bytes(4))
                        events.append(.ping(ping))
                    }
                }
                events.append(isText ? .text(text) : .binary(payload))
            }
            let cuts = (0..<random.below(9)).map { _ in random.below(bytes.count) }
            #expect(read(bytes) == events, "seed \(seed)")
            #expect(read(bytes, cuts: cuts) == events, "seed \(seed)")
        }
    }
}
