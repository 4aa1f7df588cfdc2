import Basics
import TestSupport
import Testing

@testable import NetDriver

/// Chunked bodies: what they hold, however they are cut, and what is refused.
@Suite struct ChunkedDecoderTests {
    enum Result: Equatable {
        case body([UInt8], rest: Int)
        case incomplete([UInt8])
        case refused
    }

    private func decode(_ bytes: [UInt8], cuts: [Int] = []) -> Result {
        var limits = NetLimits()
        limits.chunkLineBytes = 64
        limits.trailerBytes = 100
        var decoder = BodyDecoder.chunked(ChunkedDecoder(limits: limits))
        var body: [UInt8] = []
        var start = 0
        for end in cuts.sorted() + [bytes.count] {
            let piece = Array(bytes[start..<end])
            var offset = 0
            do {
                reading: while true {
                    switch try decoder.step(piece.raw, at: &offset) {
                    case .data(let range): body += piece[range]
                    case .incomplete: break reading
                    case .end(let place): return .body(body, rest: bytes.count - start - place)
                    }
                }
            } catch { return .refused }
            start = end
        }
        return .incomplete(body)
    }

    @Test func decodes() {
        #expect(decode(Array("5\r\nhello\r\n0\r\n\r\n".utf8)) == .body(Array("hello".utf8), rest: 0))
        #expect(decode(Array("0\r\n\r\nGET".utf8)) == .body([], rest: 3))
        #expect(
            decode(Array("00a;x=\"y z\"\r\n0123456789\r\n1\r\n!\r\n0;e\r\nT: v\r\nU:\r\n\r\nX".utf8))
                == .body(Array("0123456789!".utf8), rest: 1)
        )
        #expect(decode(Array("5\r\nhel".utf8)) == .incomplete(Array("hel".utf8)))
    }

    @Test(arguments: [
        "\r\nhello", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "0x5\r\nhello\r\n", "-5\r\nhello", "+5\r\nhello",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n", "5\rhello", "g\r\n", "ffffffffffffffff\r\n",
        "10000000000000000\r\n",
        "5;\u{1}\r\nhello\r\n", "5;a\nb\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX y\r\n\r\n", "0\r\n: y\r\n\r\n",
        "0\r\nX: \u{0}\r\n\r\n",
        "0\r\n\rX", "0\r\n\nX", ";\r\n", "5;" + String(repeating: "a", count: 100),
        "0\r\nX: " + String(repeating: "a", count: 120),
        "5,5\r\nhello", "5\t\r\nhello",
    ]) func refuses(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(decode(bytes) == .refused)
        for cut in 0..<bytes.count { #expect(decode(bytes, cuts: [cut]) == .refused) }
    }

    /// Whatever is encoded is decoded, and no cut changes that.
    @Test(arguments: [1, 2, 3] as [UInt64]) func doesNotMindCuts(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var (encoded, body): ([UInt8], [UInt8]) = ([], [])
            for _ in 0..<random.below(5) {
                let chunk = random.bytes(1 + random.below(40))
                body += chunk
                encoded += Array("\(String(chunk.count, radix: 16, uppercase: random.chance(500)))".utf8)
                if random.chance(300) { encoded += Array(";ext=1".utf8) }
                encoded += [13, 10] + chunk + [13, 10]
            }
            encoded += Array("0\r\n".utf8)
            if random.chance(300) { encoded += Array("Trailer: value\r\n".utf8) }
            encoded += [13, 10]
            let rest = random.bytes(random.below(10))
            encoded += rest
            let cuts = (0..<random.below(8)).map { _ in random.below(encoded.count - rest.count) }
            #expect(decode(encoded) == .body(body, rest: rest.count), "seed \(seed)")
            #expect(decode(encoded, cuts: cuts) == .body(body, rest: rest.count), "seed \(seed)")
        }
    }
}
