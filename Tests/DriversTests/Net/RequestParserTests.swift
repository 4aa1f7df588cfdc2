import Basics
import TestSupport
import Testing

@testable import NetDriver

/// Request heads: what is taken, what is refused and why, and that it does not matter how the bytes come.
@Suite struct RequestParserTests {
    /// What a parser says of `text` when it comes in pieces that end at `cuts`.
    private func parse(_ text: String, limits: NetLimits = NetLimits(), cuts: [Int] = []) -> RequestParser.Outcome {
        var parser = RequestParser(limits: limits)
        var scan = HeadScan()
        let bytes = Array(text.utf8)
        for cut in cuts {
            let outcome = parser.parse(Array(bytes[..<cut]).raw, &scan)
            if outcome != .incomplete { return outcome }
        }
        return parser.parse(bytes.raw, &scan)
    }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head) = parse(text) else { throw NotAHead() }
        return head
    }

    private struct NotAHead: Error {}

    @Test func readsTheParts() throws {
        let text =
            "POST /a/b%20c?d=e&f HTTP/1.1\r\nHost: x.y:80\r\nContent-Length: 12\r\nX-Empty:\r\nX-A: \t b c \t\r\n\r\n"
        let head = try head(text)
        let bytes = Array(text.utf8)
        func part(_ place: RequestHead.Place) -> String { String(decoding: bytes[place.range], as: UTF8.self) }
        #expect(head.method == .post)
        #expect(part(head.path) == "/a/b%20c")
        #expect(part(head.query) == "d=e&f")
        #expect(part(head.target) == "/a/b%20c?d=e&f")
        #expect(part(head.host) == "x.y:80")
        #expect(head.framing == .length(12))
        #expect(head.byteCount == bytes.count)
        #expect(head.keepsAlive)
        var parser = RequestParser(limits: NetLimits())
        var scan = HeadScan()
        _ = parser.parse(bytes.raw, &scan)
        #expect(parser.fields.map { part($0.name) } == ["Host", "Content-Length", "X-Empty", "X-A"])
        #expect(parser.fields.map { part($0.value) } == ["x.y:80", "12", "", "b c"])
    }

    @Test func readsAbsoluteTargets() throws {
        let text = "GET http://one.example:8080/p?q HTTP/1.1\r\nHost: other\r\n\r\n"
        let head = try head(text)
        let bytes = Array(text.utf8)
        #expect(String(decoding: bytes[head.path.range], as: UTF8.self) == "/p")
        #expect(String(decoding: bytes[head.host.range], as: UTF8.self) == "one.example:8080")
        #expect(try self.head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path.count == 1)
        #expect(try self.head("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path.count == 0)
    }

    @Test func knowsHowConnectionsEnd() throws {
        #expect(try !head("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n").keepsAlive)
        #expect(try !head("GET / HTTP/1.0\r\n\r\n").keepsAlive)
        #expect(try head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keepsAlive)
        #expect(try head("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").framing == .none)
        #expect(try head("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n").framing == .chunked)
        #expect(try head("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").method == .get)
    }

    static let refusals: [(String, HTTPRefusal)] = [
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET / HTTP/1.1\nHost: a\n\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\u{0}c\r\n\r\n", .controlByte),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\u{7F}\r\n\r\n", .controlByte),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET /\r\nHost: a\r\n\r\n", .badRequestLine),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .badVersion),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .badVersion),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", .badVersion),
        ("GET / HTTP/11\r\nHost: a\r\n\r\n", .badVersion),
        ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .badVersion),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unknownVersion),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unknownVersion),
        ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .unknownVersion),
        ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unknownVersion),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        ("get / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET http://u@h/x HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /a\"b HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
        ("GET / HTTP/1.1\r\n\r\n", .missingHost),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", .badHost),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badFieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .badFieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .badFieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\nX(): b\r\n\r\n", .badFieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", .foldedField),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", .foldedField),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", .badLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", .lengthAndCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .badCoding),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .badCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", .unknownCoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n", .unknownExpectation),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: a b\r\n\r\n", .badConnection),
    ]

    @Test(arguments: refusals) func refuses(_ text: String, _ refusal: HTTPRefusal) {
        #expect(parse(text) == .refused(refusal))
        for cut in 0..<text.utf8.count { #expect(parse(text, cuts: [cut]) == .refused(refusal)) }
        #expect(parse(text, cuts: Array(0..<text.utf8.count)) == .refused(refusal))
    }

    @Test func refusesWhatIsTooLarge() {
        var limits = NetLimits()
        limits.headBytes = 400
        limits.headerFields = 5
        limits.targetBytes = 100
        let long = String(repeating: "a", count: 101)
        #expect(parse("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits) == .refused(.targetTooLong))
        #expect(parse("GET /\(long)\(long)", limits: limits) == .refused(.targetTooLong))
        let many = String(repeating: "X: y\r\n", count: 5)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n", limits: limits) == .refused(.tooManyFields))
        let large = String(repeating: "X: \(long)\r\n", count: 4)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(large)\r\n", limits: limits) == .refused(.headTooLarge))
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(large)", limits: limits) == .refused(.headTooLarge))
    }

    /// However a head is cut, it says the same, and what comes behind it does not matter.
    @Test func doesNotMindCuts() throws {
        let text = "PUT /x?y HTTP/1.1\r\nhost: a\r\nX-Long: \(String(repeating: "v", count: 40))\r\nA: b\r\n\r\n"
        let whole = parse(text)
        guard case .head(let head) = whole else { throw NotAHead() }
        #expect(head.byteCount == text.utf8.count)
        for one in 0..<text.utf8.count {
            #expect(parse(text, cuts: [one]) == whole)
            for other in stride(from: one, to: text.utf8.count, by: 7) {
                #expect(parse(text, cuts: [one, other]) == whole)
            }
        }
        #expect(parse(text + "GET", cuts: []) == whole)
    }

    /// Random damage is refused or understood, never a trap; one that is understood is understood however it is cut.
    @Test(arguments: [1, 2, 3] as [UInt64]) func survivesDamage(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let good = Array(
            "GET /a?b HTTP/1.1\r\nHost: a.b:1\r\nContent-Length: 3\r\nConnection: close, x\r\nA: b\r\n\r\n".utf8
        )
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            let cut = Int.random(in: 0..<bytes.count, using: &random)
            var (parser, scan) = (RequestParser(limits: NetLimits()), HeadScan())
            let whole = parser.parse(bytes.raw, &scan)
            scan = HeadScan()
            let first = parser.parse(Array(bytes[..<cut]).raw, &scan)
            let second = first == .incomplete ? parser.parse(bytes.raw, &scan) : first
            // A refusal may come earlier, and so for another reason, than when all of it is there.
            if case .head = whole { #expect(second == whole, "seed \(seed)") }
            if case .head = second { #expect(second == whole, "seed \(seed)") }
        }
    }
}
