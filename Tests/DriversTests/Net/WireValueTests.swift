import Basics
import CZlib
import TestSupport
import Testing

@testable import NetDriver

/// The small codecs of the wire, against vectors.
@Suite struct WireValueTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_826_154, "Tue, 29 Feb 2000 12:09:14 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
    ]) func writesDates(_ seconds: Int64, _ text: String) {
        var out: [UInt8] = []
        HTTPDate.append(seconds, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == text)
    }

    @Test func hashesAndEncodes() {
        #expect(Base64.encode(SHA1.hash([])) == Array("2jmj7l5rSw0yVb/vlWAYkK/YBwk=".utf8))
        #expect(
            Base64.encode(SHA1.hash([UInt8](repeating: 0x61, count: 119))) == Array("7pcQZaqgF+BjKoymx3uzv4sd/FY=".utf8)
        )
        #expect(
            WebSocketHandshake.accept(Array("dGhlIHNhbXBsZSBub25jZQ==".utf8))
                == Array("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".utf8)
        )
        let encodings = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        for (text, code) in encodings { #expect(Base64.encode(Array(text.utf8)) == Array(code.utf8)) }
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, GZIP;q=0.5", true), ("*", true), ("", false), ("gzip;q=0", false), ("br", false),
        ("gzip;q=0.000, *", false), ("*;q=0, gzip", true), ("identity", false), ("x-gzip", true),
    ]) func negotiatesGzip(_ value: String, _ accepts: Bool) {
        #expect(Negotiation.acceptsGzip(value.utf8.raw) == accepts)
    }

    @Test(arguments: [
        ("application/json", 1000), ("*/*;q=0.1", 100), ("text/html, application/*;q=0.5", 500), ("text/html", 0),
        ("application/json;q=0.2, */*", 200), ("application/json;charset=utf-8;q=0.7", 700), ("APPLICATION/JSON", 1000),
    ]) func weighsTypes(_ value: String, _ weight: Int) {
        #expect(Negotiation.weight(of: "application/json", in: value.utf8.raw) == weight)
    }

    @Test(arguments: [
        ("bytes=0-4", ByteRange.part(0..<5)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
        ("bytes=-30", .part(0..<10)), ("bytes=3-99", .part(3..<10)), ("bytes=10-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=4-3", .whole), ("bytes=0-1,3-4", .whole), ("lines=1-2", .whole),
        ("bytes=", .whole), ("bytes=a-b", .whole),
    ]) func readsRanges(_ value: String, _ range: ByteRange) {
        #expect(ByteRange.read(value.utf8.raw, length: 10) == range)
    }

    @Test func writesEvents() {
        var out: [UInt8] = []
        ServerSentEvent.append(id: 7, type: "TOUCH", data: "a\nb\r\nc\rd".utf8.raw, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "id: 7\nevent: TOUCH\ndata: a\ndata: b\ndata: c\ndata: d\n\n")
        out = []
        ServerSentEvent.append(id: nil, type: nil, data: "".utf8.raw, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "data: \n\n")
    }

    @Test func keepsFieldsOnOneLine() {
        var fields = HTTPFields()
        fields.add("X", "a\r\nSet-Cookie: b\u{0}")
        fields.add("N", -120)
        #expect(String(decoding: fields.lines, as: UTF8.self) == "X: a  Set-Cookie: b \r\nN: -120\r\n")
    }

    @Test func writesHexadecimal() {
        for number in [0, 1, 15, 16, 255, 256, 4095, 4096, 65_535, 1 << 40] {
            var out: [UInt8] = []
            out.append(hexadecimal: number)
            #expect(String(decoding: out, as: UTF8.self) == String(number, radix: 16))
        }
    }

    @Test func compressesWhatGetsSmaller() throws {
        let gzip = Gzip()
        let text = Array(String(repeating: "again and again ", count: 1000).utf8)
        for _ in 0..<2 {
            let compressed = gzip.compress(text.raw)
            let shorter = try #require(compressed)
            #expect(shorter.count < text.count / 10)
            #expect(try inflate(shorter, count: text.count) == text)
        }
        var random = SeededRandom(seed: 1)
        let noise = random.bytes(5000)
        let (fromNoise, fromNothing) = (gzip.compress(noise.raw), gzip.compress([UInt8]().raw))
        #expect(fromNoise == nil)
        #expect(fromNothing == nil)
    }

    private struct NotGzip: Error {}

    private func inflate(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        var (bytes, out) = (bytes, [UInt8](repeating: 0, count: count))
        var stream = unsafe z_stream()
        guard unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw NotGzip()
        }
        defer { unsafe inflateEnd(&stream) }
        let code = unsafe bytes.withUnsafeMutableBufferPointer { source in
            unsafe out.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = UInt32(source.count)
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(target.count)
                return unsafe CZlib.inflate(&stream, Z_FINISH)
            }
        }
        guard code == Z_STREAM_END else { throw NotGzip() }
        return out
    }
}
