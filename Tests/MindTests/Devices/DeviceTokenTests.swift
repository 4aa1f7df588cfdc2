import Basics
import Model
import OpenSSLDriver
import TestSupport
import Testing

@testable import Devices

@Suite struct DeviceTokenTests {
    static let now: Int64 = 1_781_954_400_123
    let secret = Array("a secret that only this test knows".utf8)

    init() throws { try Crypto.prepare() }

    static func hs256(_ secret: [UInt8]) -> TokenSigning {
        let code = HMACSHA256(key: secret)
        return .hs256(code: { code.code(of: $0).bytes }, hash: { SHA256.hash($0) })
    }

    static func edDSA(_ seed: UInt8) -> TokenSigning {
        let key = SigningKey(seed: [UInt8](repeating: seed, count: 32))
        return .edDSA(
            sign: { key.sign($0) },
            verify: { Ed25519.verify(signature: $0, message: $1, publicKey: key.publicKey) },
            hash: { SHA256.hash($0) }
        )
    }

    static func token(_ device: String = "ios_1781954400000_k3j9x2m4q") throws -> DeviceToken {
        DeviceToken(device: try DeviceID(device), platform: .ios, fingerprint: "f", now: now)
    }

    @Test func aTokenReadsBack() throws {
        for signing in [Self.hs256(secret), Self.edDSA(1)] {
            let token = try Self.token()
            let text = token.text(signing)
            #expect(try DeviceToken(text, signing, now: Self.now) == token)
            #expect(token.expires == 1_781_954_400_000 + 7 * 86_400_000)
            #expect(try DeviceToken(text, signing, now: token.expires - 1) == token)
            #expect(throws: DeviceToken.Invalid.expired) { try DeviceToken(text, signing, now: token.expires) }
        }
    }

    /// The example of RFC 7515, A.1: made by others, under their key.
    @Test func othersSignAlike() throws {
        let text = """
            eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
            cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
            """
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        let secret = try #require(Base64URL.bytes(Array(key.utf8)[...]))
        // Well signed, but no device's.
        #expect(throws: DeviceToken.Invalid.incomplete) { try DeviceToken(text, Self.hs256(secret), now: 0) }
        #expect(throws: DeviceToken.Invalid.badSignature) {
            try DeviceToken(text, Self.hs256(secret.reversed()), now: 0)
        }
    }

    @Test func theAlgorithmIsPinned() throws {
        let text = try Self.token().text(Self.hs256(secret))
        #expect(throws: DeviceToken.Invalid.wrongAlgorithm) { try DeviceToken(text, Self.edDSA(1), now: Self.now) }
        let other = try Self.token().text(Self.edDSA(1))
        #expect(throws: DeviceToken.Invalid.wrongAlgorithm) {
            try DeviceToken(other, Self.hs256(secret), now: Self.now)
        }
        let parts = text.split(separator: ".")
        for header in [#"{"alg":"none"}"#, #"{"alg":"hs256"}"#, #"{"typ":"JWT"}"#, #"{"alg":"HS256","crit":["x"]}"#] {
            let head = String(decoding: Base64URL.text(Array(header.utf8)), as: UTF8.self)
            for signature in ["", String(parts[2])] {
                #expect(throws: DeviceToken.Invalid.wrongAlgorithm) {
                    try DeviceToken("\(head).\(parts[1]).\(signature)", Self.hs256(secret), now: Self.now)
                }
            }
        }
    }

    @Test func everyChangedBitIsFound() throws {
        let signing = Self.hs256(secret)
        let bytes = Array(try Self.token().text(signing).utf8)
        for index in bytes.indices {
            for letter in [UInt8(ascii: "A"), UInt8(ascii: "B"), UInt8(ascii: ".")] where bytes[index] != letter {
                var changed = bytes
                changed[index] = letter
                #expect(throws: DeviceToken.Invalid.self) {
                    try DeviceToken(String(decoding: changed, as: UTF8.self), signing, now: Self.now)
                }
            }
        }
    }

    @Test(arguments: ["", ".", "..", "...", "a.b.c", "e30.e30.", String(repeating: "a", count: 5000)])
    func whatIsNoTokenIsRefused(_ text: String) {
        #expect(throws: DeviceToken.Invalid.self) { try DeviceToken(text, Self.hs256(secret), now: Self.now) }
    }

    @Test func base64HasOneSpelling() throws {
        var random = SeededRandom(seed: 4)
        for count in 0..<70 {
            let bytes = random.bytes(count)
            let text = Base64URL.text(bytes)
            #expect(Base64URL.bytes(text[...]) == bytes)
            #expect(!text.contains(UInt8(ascii: "=")))
        }
        #expect(Base64URL.text(Array("hello".utf8)) == Array("aGVsbG8".utf8))
        for other in ["aGVsbG9", "aGVsbG8=", "aGVsbG+", "a", "aGVs bG8"] {
            #expect(Base64URL.bytes(Array(other.utf8)[...]) != Array("hello".utf8))
        }
        // Bits that are left over are zero.
        #expect(Base64URL.bytes(Array("aGVsbG9".utf8)[...]) == nil)
    }

    @Test func theDefaultFingerprintIsTheContracts() throws {
        let device = try DeviceID("3f0d9a52-6c1e-4b7a-9d53-0a4f8a2f6b10")
        let fingerprint = Fingerprint(
            device: device,
            platform: .ios,
            capabilities: [("haptics", true), ("accelerometer", false)],
            hash: { SHA256.hash($0) }
        )
        let said = #"3f0d9a52-6c1e-4b7a-9d53-0a4f8a2f6b10:ios:{"haptics":true,"accelerometer":false}"#
        #expect(fingerprint.text == SHA256.hash(Array(said.utf8)).description)
        let none = Fingerprint(device: device, platform: .web, capabilities: nil, hash: { SHA256.hash($0) })
        #expect(none.text == SHA256.hash(Array("\(device.text):web:{}".utf8)).description)
        #expect(Fingerprint("") == nil && Fingerprint(String(repeating: "x", count: 65)) == nil)
        #expect(Fingerprint("a\u{7}") == nil && Fingerprint("another") != nil)
    }

    /// RFC 4231.
    @Test func hmacIsTheStandards() throws {
        let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for (key, message, code) in cases { #expect(HMACSHA256(key: key).code(of: message).description == code) }
    }
}
