import Basics
import Model
import NetDriver
import TestSupport
import Testing

@testable import Web

/// Hosts, origins and tokens: who is a stranger.
@Suite struct WebRuleTests {
    private let rules = BrowserRules(hosts: ["Prima.Example", "2001:db8::5", "192.0.2.9"])

    private func verdict(host: String, origin: String? = nil) throws -> BrowserRules.Verdict {
        let fields = [("Host", host)] + (origin.map { [("Origin", $0)] } ?? [])
        return try RequestText("GET", "/", fields).read { rules.judge($0) }
    }

    @Test func knowsHosts() throws {
        let known = [
            "localhost", "LOCALHOST:7746", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:80", "prima.example:1",
            "PRIMA.example", "198.51.100.1", "[2001:db8::77]:9", "0.0.0.0",
        ]
        for host in known { #expect(try verdict(host: host) == .welcome, "\(host)") }
        let foreign = [
            "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost", "prima.example.evil",
            "prima.exampl", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.x", "127.1",
        ]
        for host in foreign { #expect(try verdict(host: host) == .foreignHost, "\(host)") }
    }

    @Test func knowsOrigins() throws {
        let known = [
            "http://localhost:3000", "https://localhost", "http://127.0.0.1:1", "http://[::1]:5",
            "https://prima.example",
            "http://prima.example:81", "http://192.0.2.9", "http://[2001:db8::5]",
        ]
        for origin in known { #expect(try verdict(host: "localhost", origin: origin) == .welcome, "\(origin)") }
        let foreign = [
            "null", "https://evil.example", "http://198.51.100.1", "https://prima.example.evil", "prima.example",
            "https://", "http://evil.example:80/localhost", "https://localhost.evil.example", "http://[2001:db8::6]",
            "file://", "x://y",
        ]
        for origin in foreign { #expect(try verdict(host: "localhost", origin: origin) == .foreignOrigin, "\(origin)") }
    }

    /// One stranger among several origins is enough.
    @Test func judgesEveryOrigin() throws {
        let two = [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "https://evil.example")]
        #expect(try RequestText("GET", "/", two).read { rules.judge($0) } == .foreignOrigin)
    }

    @Test func knowsTheOperator() throws {
        func verdict(_ values: [String], token: String? = "s3cret") throws -> Credentials.Verdict {
            let fields = values.map { ("Authorization", $0) }
            return try RequestText("GET", "/", fields).read { Credentials(token: token).judge($0) }
        }
        for good in ["Bearer s3cret", "bearer s3cret", "BEARER   s3cret"] {
            #expect(try verdict([good]) == .known(.operator), "\(good)")
        }
        let wrong = [
            "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret1", "Bearer S3cret", "Basic s3cret", "s3cret",
            "Bearers3cret",
            "Bearer \u{0}",
        ]
        for bad in wrong where !bad.contains("\0") { #expect(try verdict([bad]) == .wrong, "\(bad)") }
        #expect(try verdict([]) == .missing)
        #expect(try verdict(["Bearer s3cret", "Bearer s3cret"]) == .wrong, "two are none")
        #expect(try verdict([], token: nil) == .known(.anyone))
        #expect(try verdict(["Bearer anything"], token: nil) == .known(.anyone))
    }

    /// No text but the token itself, whatever is changed in it, lets anybody in.
    @Test func takesNoOtherToken() throws {
        var random = SeededRandom(seed: 11)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-._~+/=".utf8)
        for _ in 0..<500 {
            let token = (0..<1 + random.below(40)).map { _ in letters[random.below(letters.count)] }
            var other = token
            switch random.below(3) {
            case 0: other[random.below(other.count)] = letters[random.below(letters.count)]
            case 1: other.append(letters[random.below(letters.count)])
            default: other.removeLast()
            }
            let given = String(decoding: other, as: UTF8.self)
            let known = Credentials(token: String(decoding: token, as: UTF8.self))
            let verdict = try RequestText("GET", "/", [("Authorization", "Bearer \(given)")]).read { known.judge($0) }
            #expect(verdict == (other == token ? .known(.operator) : .wrong), "\(token) \(other)")
        }
    }
}

/// What a client takes, and what it says its body is.
@Suite struct MediaTypeTests {
    private func preferred(_ accept: [String], of types: [StaticString] = ["a/json", "a/lines"]) throws -> Int? {
        try RequestText("GET", "/", accept.map { ("Accept", $0) }).read { MediaType.preferred(of: types, by: $0) }
    }

    @Test func prefers() throws {
        let wanted: [([String], Int?)] = [
            ([], 0), (["*/*"], 0), (["a/*"], 0), (["a/lines"], 1), (["A/Lines"], 1), (["a/json;q=0.5, a/lines"], 1),
            (["a/json;q=0, */*"], 1), (["b/x"], nil), (["a/json;q=0"], nil), (["b/x, a/lines;q=0.001"], 1),
            (["b/x", "a/lines"], 1), (["*/*;q=0.1, a/lines;q=0.2"], 1), (["a/json;q=1.0,a/lines;q=1.000"], 0),
            (["a/json;q=2"], 0), (["a/json;q=x"], nil), ([""], nil),
        ]
        for (accept, index) in wanted { #expect(try preferred(accept) == index, "\(accept)") }
        #expect(try preferred([], of: []) == nil)
    }

    @Test func knowsBodies() throws {
        func isBody(_ values: [String]) throws -> Bool {
            try RequestText("POST", "/", values.map { ("Content-Type", $0) }).read { MediaType.isBody($0, "a/json") }
        }
        for good in ["a/json", "A/JSON", "a/json ; charset=utf-8", "a/json;charset=\"UTF-8\"", "a/json;"] {
            #expect(try isBody([good]), "\(good)")
        }
        for bad in ["a/jsonx", "a/js", "", "a/json; charset=latin1", "a/json, b/x", "a/json; charset=utf-8; x=y"] {
            #expect(try !isBody([bad]), "\(bad)")
        }
        #expect(try !isBody([]))
        #expect(try !isBody(["a/json", "a/json"]))
    }

    @Test func takesPlainBodiesOnly() throws {
        for (coding, isPlain) in [("identity", true), ("Identity", true), ("gzip", false), ("identity, gzip", false)] {
            let fields = [("Content-Encoding", coding)]
            #expect(try RequestText("POST", "/", fields).read { MediaType.isPlain($0) } == isPlain, "\(coding)")
        }
    }
}
