import Basics
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

@testable import Devices

@Suite struct DeviceGateTests {
    static let now: Int64 = 1_781_954_400_000

    private func with(_ body: (FollowedLedger, DeviceGate) async throws -> Void) async throws {
        let followed = try await FollowedLedger([DeviceSessionsView()])
        let gate = DeviceGate(
            ledger: followed.ledger,
            sessions: DeviceGate.Sessions(in: followed.rows, reach: followed.reach),
            signing: DeviceTokenTests.hs256(Array("secret".utf8))
        )
        let areSame = try await followed.running(["device_sessions"]) { try await body(followed, gate) }
        #expect(areSame == [true])
    }

    static func request(
        _ device: String = "device-0001",
        fingerprint: String? = nil,
        capabilities: [(name: String, isThere: Bool)]? = [("haptics", true)]
    ) throws -> DeviceGate.Request {
        let known = try fingerprint.map { try requireNotNil(Fingerprint($0)) }
        let request = DeviceGate.Request(
            device: try DeviceID(device),
            platform: .ios,
            capabilities: capabilities,
            fingerprint: known
        )
        return try requireNotNil(request)
    }

    private func failure(_ body: () async throws -> Void) async -> DeviceGate.Failure? {
        do {
            try await body()
            return nil
        } catch { return error as? DeviceGate.Failure }
    }

    @Test func aDeviceGetsATokenAndIsKnownByIt() async throws {
        try await with { followed, gate in
            let admission = try await gate.authenticate(Self.request(), now: Self.now + 123)
            let token = try await gate.verify(admission.token, now: Self.now + 200)
            #expect(token == admission.content && token.device.text == "device-0001" && token.platform == .ios)
            #expect(token.expires == Self.now + 7 * 86_400_000)
            let found = try await followed.rows.read { snapshot throws(StoreError) in
                try DeviceSessionsView.session(of: "device-0001", in: snapshot)
            }
            let session = try #require(found)
            #expect(session.tokenHash == SHA256.hash(Array(admission.token.utf8)).description)
            #expect(session.capabilities == #"{"haptics":true}"# && session.expires == token.expires)
            // The token stands nowhere.
            let events = try await followed.ledger.read(LedgerQuery()).events
            #expect(events.count == 1 && events[0].head.subject?.text == "device-0001")
            for event in events {
                let kept = event.canonical + (event.body?.encoded ?? [])
                #expect(!String(decoding: kept, as: UTF8.self).contains(admission.token.suffix(20)))
            }
            // It comes again, with the same fingerprint.
            let again = try await gate.authenticate(Self.request(), now: Self.now + 5000)
            #expect(again.token != admission.token)
            _ = try await gate.verify(admission.token, now: Self.now + 6000)
            _ = try await gate.verify(again.token, now: Self.now + 6000)
        }
    }

    @Test func aKnownDeviceWithAnotherFingerprintIsRefused() async throws {
        try await with { followed, gate in
            let admission = try await gate.authenticate(Self.request(fingerprint: "one"), now: Self.now)
            for other in [try Self.request(fingerprint: "another"), try Self.request()] {
                guard case .otherFingerprint? = await failure({ _ = try await gate.authenticate(other, now: Self.now) })
                else {
                    Issue.record("it was let in")
                    return
                }
            }
            #expect(followed.ledger.extent.size == 1)
            _ = try await gate.verify(admission.token, now: Self.now)
            // Who forges an authentication in the ledger changes nothing: the first fingerprint holds.
            let forged = DeviceEvent.authenticated(
                DeviceEvent.Authentication(
                    platform: .web,
                    fingerprint: try #require(Fingerprint("forged")),
                    capabilities: Fields(),
                    tokenHash: "",
                    issued: Self.now,
                    expires: Self.now
                )
            )
            let event = forged.event(of: try DeviceID("device-0001"), at: Self.now)
            _ = try await followed.ledger.append([Submission(event, by: .open)])
            _ = try await gate.verify(admission.token, now: Self.now)
        }
    }

    @Test func ofManyAtOnceOneFingerprintWins() async throws {
        try await with { _, gate in
            let tokens = await withTaskGroup(of: String?.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try? await gate.authenticate(Self.request(fingerprint: "f\(index)"), now: Self.now).token
                    }
                }
                return await group.reduce(into: [String]()) { if let token = $1 { $0.append(token) } }
            }
            #expect(tokens.count == 1)
            _ = try await gate.verify(try #require(tokens.first), now: Self.now)
        }
    }

    @Test func aRevokedDeviceIsOutUntilItIsReadmitted() async throws {
        try await with { _, gate in
            let device = try DeviceID("device-0001")
            let admission = try await gate.authenticate(Self.request(), now: Self.now)
            let other = try await gate.authenticate(Self.request("device-0002"), now: Self.now)
            _ = try await gate.revoke(device, by: .token, now: Self.now + 1)
            guard case .voidToken? = await failure({ _ = try await gate.verify(admission.token, now: Self.now + 2) }),
                case .revoked? = await failure({ _ = try await gate.authenticate(Self.request(), now: Self.now + 3) })
            else {
                Issue.record("a revoked device is in")
                return
            }
            _ = try await gate.verify(other.token, now: Self.now + 2)
            _ = try await gate.readmit(device, by: .token, now: Self.now + 4)
            let again = try await gate.authenticate(Self.request(fingerprint: "new"), now: Self.now + 5000)
            _ = try await gate.verify(again.token, now: Self.now + 5000)
            // A token from before stays void, whatever its fingerprint.
            guard case .voidToken? = await failure({ _ = try await gate.verify(admission.token, now: Self.now + 5000) })
            else {
                Issue.record("an old token is good again")
                return
            }
        }
    }

    @Test func aForgottenDeviceIsAStranger() async throws {
        try await with { followed, gate in
            let admission = try await gate.authenticate(Self.request(fingerprint: "one"), now: Self.now)
            let forgotten = try await followed.ledger.forget(SubjectID("device-0001"), by: .token)
            try await followed.reach(try #require(forgotten.position))
            guard case .voidToken? = await failure({ _ = try await gate.verify(admission.token, now: Self.now) }) else {
                Issue.record("its token is good")
                return
            }
            let again = try await gate.authenticate(Self.request(fingerprint: "two"), now: Self.now + 9000)
            _ = try await gate.verify(again.token, now: Self.now + 9000)
        }
    }

    @Test func tokensOfOthersAreRefusedWithTheReason() async throws {
        try await with { _, gate in
            let stranger = try DeviceTokenTests.token()
            let good = stranger.text(DeviceTokenTests.hs256(Array("secret".utf8)))
            let bad = stranger.text(DeviceTokenTests.hs256(Array("another".utf8)))
            guard case .voidToken? = await failure({ _ = try await gate.verify(good, now: Self.now) }),
                case .badToken(.badSignature)? = await failure({ _ = try await gate.verify(bad, now: Self.now) }),
                case .badToken(.malformed)? = await failure({ _ = try await gate.verify("temp_token", now: Self.now) })
            else {
                Issue.record("a stranger's token is good")
                return
            }
        }
    }

    @Test func capabilitiesAreBounded() throws {
        let many = (0..<65).map { (name: "c\($0)", isThere: true) }
        let device = try DeviceID("device-0001")
        func request(_ capabilities: [(name: String, isThere: Bool)]) -> DeviceGate.Request? {
            DeviceGate.Request(device: device, platform: .web, capabilities: capabilities, fingerprint: nil)
        }
        #expect(request(many) == nil)
        #expect(request(Array(many.prefix(64))) != nil)
        #expect(request([("a", true), ("a", false)]) == nil)
        #expect(request([(String(repeating: "x", count: 129), true)]) == nil)
    }

    @Test func keysAreShownOnceAndVoidedForGood() async throws {
        let followed = try await FollowedLedger([APIKeysView()])
        let keys = APIKeys(
            ledger: followed.ledger,
            in: followed.rows,
            randomness: SystemRandomness(),
            hash: { SHA256.hash($0) },
            reach: followed.reach
        )
        let areSame = try await followed.running(["api_keys"]) {
            let one = try await keys.create(name: "one", scopes: [.read, .write], by: .token, now: Self.now)
            let two = try await keys.create(name: "two", scopes: [.admin], by: .token, now: Self.now)
            #expect(try await keys.holder(of: one.key) == APIKeys.Holder(id: one.id, scopes: [.read, .write]))
            #expect(try await keys.holder(of: two.key)?.scopes == [.admin])
            let mixed = one.key.prefix(23) + two.key.dropFirst(23)
            for wrong in ["", "prima", "prima_\(one.id)_", String(one.key.dropLast()) + "!", String(mixed)] {
                #expect(try await keys.holder(of: wrong) == nil, "\(wrong)")
            }
            #expect(try await keys.list().map(\.name).sorted() == ["one", "two"])
            _ = try await keys.revoke(one.id, by: .token, now: Self.now)
            _ = try await keys.revoke(one.id, by: .token, now: Self.now)
            #expect(try await keys.holder(of: one.key) == nil)
            #expect(try await keys.list().filter { $0.revoked != nil }.map(\.id) == [one.id])
            await #expect(throws: APIKeys.Failure.self) {
                _ = try await keys.revoke("0123456789abcdef", by: .token, now: Self.now)
            }
            for event in try await followed.ledger.read(LedgerQuery()).events {
                let kept = String(decoding: event.canonical + (event.body?.encoded ?? []), as: UTF8.self)
                #expect(!kept.contains(one.key.suffix(20)) && !kept.contains(two.key.suffix(20)))
            }
        }
        #expect(areSame == [true])
    }
}
