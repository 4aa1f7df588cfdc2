import TestSupport
import Testing

@testable import App

/// What each kind of value accepts.
@Suite struct ConfigurationValueTests {
    private func accepts<Value: ConfigurationValue>(_ type: Value.Type, _ text: String) -> Bool {
        (try? Value(configured: text)) != nil
    }

    @Test(
        "Hosts are addresses and names",
        arguments: [
            "127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "[::1]", "fe80::1", "1:2:3:4:5:6:7:8", "1::8",
            "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "localhost", "a.example", "A-B.example", "x_y", "1a.example",
        ]
    )
    func hosts(text: String) { #expect(accepts(Host.self, text)) }

    @Test(
        "Anything else is no host",
        arguments: [
            "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "-a", "a-", "a..b", ".", "a b", "a/b", "a:80", "[a]",
            "[127.0.0.1]",
            ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%lo", "::1.2.3",
            "1:2:3:4:5:6:7::8",
            "+1::", String(repeating: "a", count: 64), "é.example",
        ]
    )
    func noHosts(text: String) { #expect(!accepts(Host.self, text)) }

    @Test("Loopback is what only this machine reaches")
    func loopback() throws {
        for text in [
            "127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1",
        ] {
            #expect(try Host(configured: text).isLoopback, "\(text)")
        }
        for text in ["0.0.0.0", "::", "128.0.0.1", "1.127.0.0", "example.org", "localhost.example", "::ffff:1.2.3.4"] {
            #expect(try !Host(configured: text).isLoopback, "\(text)")
        }
    }

    @Test("Numbers have digits and a range")
    func numbers() {
        for text in ["0", "65535", "80"] { #expect(accepts(Port.self, text)) }
        for text in ["65536", "-1", "+1", " 1", "1e3", "0x10", "٣", "99999999999999999999"] {
            #expect(!accepts(Port.self, text))
        }
        for text in ["forever", "1", "36500"] { #expect(accepts(Retention.self, text)) }
        for text in ["0", "36501", "never", "1 day"] { #expect(!accepts(Retention.self, text)) }
        #expect(accepts(DrainSeconds.self, "0") && !accepts(DrainSeconds.self, "3601"))
    }

    @Test("Origins are schemes, hosts and ports")
    func origins() throws {
        let origins = try Origins(
            configured: "https://App.example, http://localhost:3000,https://app.example,http://[::1]:1"
        )
        #expect(origins.shown == "https://app.example,http://localhost:3000,http://[::1]:1")
        for text in [
            "*", "app.example", "https://a/", "https://a/b", "ftp://a", "https://u@a", "https://", "https://a:0",
            "https://a:x", "https://a,,https://b", "https://a b",
        ] {
            #expect(!accepts(Origins.self, text), "\(text)")
        }
        #expect(try WebAddress(configured: "http://collector:4318/v1").shown == "http://collector:4318/v1")
    }

    @Test("Words, regions, paths and secrets")
    func texts() {
        #expect(accepts(Profile.self, "staging") && !accepts(Profile.self, "Staging"))
        #expect(accepts(LogLevel.self, "warning") && !accepts(LogLevel.self, "verbose"))
        #expect(accepts(Region.self, "eu-west_1.a") && !accepts(Region.self, "eu west"))
        #expect(accepts(FilePath.self, "a/b") && !accepts(FilePath.self, "a/") && !accepts(FilePath.self, "a\0b"))
        #expect(accepts(Secret.self, "a~!") && !accepts(Secret.self, "a b") && !accepts(Secret.self, "é"))
        #expect(!accepts(Secret.self, String(repeating: "a", count: 4097)))
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
    }

    @Test("One mistake in a name of six letters or more leads back to it")
    func nearestNames() throws {
        var random = SeededRandom(seed: 11)
        let keys = Setting.all.map(\.key)
        for key in keys where key.count >= 6 {
            for _ in 0..<8 {
                var letters = Array(key)
                let place = random.below(letters.count - 1)
                switch random.below(4) {
                case 0: letters.remove(at: place)
                case 1: letters.insert("Q", at: place)
                case 2: letters[place] = "Q"
                default: letters.swapAt(place, place + 1)
                }
                let word = String(letters).lowercased()
                let nearest = try #require(NearestName.of(word, among: keys))
                #expect(nearest == key || keys.contains(word.uppercased()), "\(word)")
            }
        }
        #expect(NearestName.of("SOMETHING_ELSE", among: keys) == nil)
    }

    @Test("Any bytes at all are read or refused, line by line")
    func anyFile() {
        var random = SeededRandom(seed: 12)
        let alphabet = Array("ABPORT=#'\" \n\r\t_0=\n".utf8)
        for _ in 0..<2000 {
            let bytes = (0..<random.below(60)).map { _ in alphabet[random.below(alphabet.count)] }
            let file = ConfigurationFile(bytes, name: "f")
            let lines = String(decoding: bytes, as: UTF8.self).split(
                omittingEmptySubsequences: false,
                whereSeparator: \.isNewline
            )
            let meant = lines.filter { line in
                let text = String(line).trimmed
                return !text.isEmpty && !text.hasPrefix("#")
            }
            #expect(file.entries.count + file.problems.count == meant.count)
        }
    }
}
