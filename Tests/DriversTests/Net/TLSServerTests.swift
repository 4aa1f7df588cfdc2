import Basics
import FilesDriver
import NetDriver
import TestSupport
import Testing

/// TLS where no client that means well goes; the rest is tested from outside, with clients of other makers.
@Suite struct TLSServerTests {
    /// Of localhost, signed by itself, of no use to anybody.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASWgAwIBAgIUNINBwga+tr7DWXw9phWrG/vZ4XwwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE1MTI1M1oYDzIxMjYxMDI4
        MTUxMjUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAARddrb5kjpAJfcmiggmRMEaoKv1AXpxmCsgva6RQle5BdDE9BDcl9yb
        c8z8AbhGjBhFDAkpxPeMrZbKTXGuOj74o1MwUTAdBgNVHQ4EFgQUi1+zU8C5p/5F
        5eu7Eyn3lNGJM8MwHwYDVR0jBBgwFoAUi1+zU8C5p/5F5eu7Eyn3lNGJM8MwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAanXcJTwkvd1WwXr9CI8EQ
        bJ7a951LStptjqhC7WOhNgIgefm8Brkd1WklzEYPOwpzQDdZ24xO2iX0sEY1X3k1
        bk8=
        -----END CERTIFICATE-----

        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzq5v87Alw260Ozv6
        gPpBCwbnMQVcfYLLDKCeOImSWvahRANCAARddrb5kjpAJfcmiggmRMEaoKv1AXpx
        mCsgva6RQle5BdDE9BDcl9ybc8z8AbhGjBhFDAkpxPeMrZbKTXGuOj74
        -----END PRIVATE KEY-----

        """

    private let folder: TemporaryFolder
    private let identity: TLSIdentity

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(Array(Self.certificate.utf8), to: "certificate")
        try folder.write(Array(Self.key.utf8), to: "key")
        try folder.write(Array("neither".utf8), to: "other")
        identity = try TLSIdentity(certificate: folder.path + "/certificate", key: folder.path + "/key")
    }

    private func part(_ certificate: String, _ key: String) -> TLSFailure.Part? {
        do {
            _ = try TLSIdentity(certificate: folder.path + "/" + certificate, key: folder.path + "/" + key)
            return nil
        } catch {
            return error.part
        }
    }

    @Test func saysWhatIsWrongWithAPair() {
        #expect(part("certificate", "key") == nil)
        #expect(part("other", "key") == .certificate)
        #expect(part("missing", "key") == .certificate)
        #expect(part("key", "key") == .certificate)
        #expect(part("certificate", "other") == .key)
        #expect(part("certificate", "missing") == .key)
        #expect(part("certificate", "certificate") == .key)
    }

    /// The beginning of a handshake, as any client says it.
    private static let hello: [UInt8] = [0x16, 0x03, 0x01, 0x00, 0xC8, 0x01, 0x00, 0x00, 0xC4, 0x03, 0x03, 0x01]

    @Test(arguments: [[], hello, Array(hello[..<3])]) func endsSlowHandshakes(_ start: [UInt8]) throws {
        let fixture = try NetFixture(identity: identity) { $0.handshakeSeconds = 0.2 }
        let client = try fixture.client()
        try client.send(start)
        #expect(try client.readToEnd() == [])
    }

    /// A client that drips its handshake gets no more time than one that says nothing.
    @Test func endsDrippedHandshakes() throws {
        let fixture = try NetFixture(identity: identity) { $0.handshakeSeconds = 0.3 }
        let client = try fixture.client()
        let other = try fixture.client()
        for byte in Self.hello { try? client.send([byte]) }
        #expect(try client.readToEnd() == [])
        #expect(try other.readToEnd() == [])
    }

    @Test func answersPlainTextInPlainText() throws {
        let fixture = try NetFixture(identity: identity)
        let client = try fixture.client()
        let answer = try client.get("/health")
        #expect(answer.status == 400)
        #expect(answer.fields["connection"] == "close")
        #expect(answer.text.contains("TLS"))
        client.endWriting()
        #expect(try client.readToEnd() == [])
        #expect(fixture.handler.records.withLock { $0.map(\.status.code) } == [400])
    }

    @Test func breaksWithWhatIsNoHandshake() throws {
        let fixture = try NetFixture(identity: identity)
        var random = SeededRandom(seed: 5)
        for length in 1..<100 {
            let client = try fixture.client()
            try? client.send([0x16, 0x03, 0x01, 0x00, UInt8(length)] + random.bytes(length))
            client.endWriting()
            // An alert at most.
            #expect(try client.readToEnd().count < 32)
        }
        let other = try fixture.client()
        #expect(try other.get("/health").status == 400)
        #expect(fixture.server.loops[0].counters.requests.value == 0)
    }

    @Test func cutsHandshakesWhenItEnds() throws {
        let fixture = try NetFixture(identity: identity)
        let client = try fixture.client()
        try client.send(Self.hello)
        let other = try fixture.client()
        #expect(try other.get("/health").status == 400)
        fixture.server.drain(seconds: 30)
        #expect(try client.readToEnd() == [])
    }

    @Test func turnsAwayWithoutAWord() throws {
        let fixture = try NetFixture(identity: identity) { $0.connections = 1 }
        let first = try fixture.client()
        try first.send(Self.hello)
        let second = try fixture.client()
        #expect(try second.readToEnd() == [])
        #expect(fixture.server.loops[0].counters.turnedAway.value == 1)
    }
}
