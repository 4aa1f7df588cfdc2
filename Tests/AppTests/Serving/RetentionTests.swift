import Basics
import Foundation
import Model
import OpenSSLDriver
import Stores
import TestSupport
import Testing

@testable import App

/// What a running server drops when its events are older than it keeps them, and what stays.
@Suite(.timeLimit(.minutes(10))) struct RetentionTests {
    private static let day: Int64 = 24 * 60 * 60 * 1000

    @Test func whatIsOldGoesAndItsProofsStay() async throws {
        let served = try ServedFolder()
        var known = Known()
        try await served.serve(retaining: 2) { server in
            for day in 0..<6 {
                try await fill(server, day: day, &known)
                served.wallClock.advance(by: Self.day)
            }
            known.forget = try await forgetOnce(server)
            #expect(try await server.get("/api/ledger").object["first"] as? Int == 0)
            known.first = try await drop(served, server)
            try await check(server, known)
        }
        let verified = try await ProgramRun.prima(["verify", "--json", "--data", served.path])
        #expect(verified.code == 0 && verified.error.isEmpty, "\(verified.text) \(verified.error)")
        #expect(try verified.json()["first"] as? Int == known.first)
        let rebuilt = try await ProgramRun.prima(["rebuild", "agents", "--check", "--data", served.path])
        #expect(rebuilt.code == 0, "\(rebuilt.text) \(rebuilt.error)")
        // After a restart all of it still holds, and nothing more is due until time has passed.
        try await served.serve(retaining: 2) { server in
            try await check(server, known)
            await served.clock.turn()
            #expect(try await server.get("/api/ledger").object["first"] as? Int == known.first)
        }
        try await expectAlteredRowsToBeFound(served)
    }

    // MARK: What there is

    private struct Known {
        var hashes: [String] = []
        var roots: [Int: String] = [:]
        var forget = 0
        var first = 0
        let key = SigningKey(seed: [UInt8](repeating: 9, count: 32))
    }

    /// A day's events: numbered, keyed, and one that is signed.
    private func fill(_ server: ServedFolder.Running, day: Int, _ known: inout Known) async throws {
        var events: [[String: Any]] = (0..<40).map { index in
            [
                "agent": "a-\(index % 4)", "number": day * 1000 + index + 1, "type": "TOUCH",
                "subject": "s-\(index % 3)", "data": ["text": String(repeating: "x", count: 400)],
            ]
        }
        events.append(["agent": "keyed", "key": "k-\(day)", "type": "VOICE"])
        events.append(try signed(known.key, number: day + 1))
        let answer = try await server.post("/api/events", events)
        #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        let size = try #require(try answer.object["size"] as? Int)
        known.roots[size] = try answer.object["root"] as? String
        let page = try await server.get("/api/events?after=\(known.hashes.count - 1)&limit=1000").object
        known.hashes += try #require(page["events"] as? [[String: Any]]).compactMap { $0["hash"] as? String }
        #expect(known.hashes.count == size)
    }

    private func signed(_ key: SigningKey, number: Int) throws -> [String: Any] {
        let salt = [UInt8](repeating: 3, count: 16)
        var event = Event(agent: try AgentID("signer"), type: try EventType("TOUCH"), body: .empty)
        event.number = EventNumber(Int64(number))
        event.salt = Salt(salt)
        event.publicKey = PublicKey(key.publicKey)
        let commit = SHA256.hash(salt + event.body.encoded)
        let signature = key.sign(CanonicalEvent.signed(event, commit: commit))
        return [
            "agent": "signer", "number": number, "type": "TOUCH", "salt": Hex.text(salt),
            "publicKey": Hex.text(key.publicKey), "signature": Hex.text(signature),
        ]
    }

    private func forgetOnce(_ server: ServedFolder.Running) async throws -> Int {
        let answer = try await server.post("/api/ledger/forget", ["subject": "s-1"])
        #expect(answer.status == 200)
        return try #require(try answer.object["position"] as? Int)
    }

    /// Lets the work of retention come round until it has dropped something.
    ///
    /// A segment is sealed in the background, and only then can it go.
    private func drop(_ served: ServedFolder, _ server: ServedFolder.Running) async throws -> Int {
        for _ in 0..<500 {
            await served.clock.turn()
            let first = try #require(try await server.get("/api/ledger").object["first"] as? Int)
            if first > 80 { return first }
        }
        Issue.record("nothing was dropped")
        return 0
    }

    // MARK: What stays

    private func check(_ server: ServedFolder.Running, _ known: Known) async throws {
        let (first, size) = (known.first, known.hashes.count)
        #expect(first > 80 && first <= 42 * 4, "events of the last two days stay")
        for position in [0, first - 1] {
            let gone = try await server.get("/api/events/\(position)")
            #expect(try gone.status == 410 && gone.object["first"] as? Int == first)
        }
        let kept = try await server.get("/api/events/\(first)")
        #expect(try kept.status == 200 && kept.object["hash"] as? String == known.hashes[first])
        #expect(try await server.get("/api/events/stream?after=3").status == 410)
        let page = try await server.get("/api/events?limit=10000").object
        #expect((page["events"] as? [[String: Any]])?.first?["position"] as? Int == first)
        for position in [0, first - 1, first] {
            let proof = try await server.get("/api/ledger/proof?position=\(position)&size=\(size)").object
            #expect(proof["leaf"] as? String == known.hashes[position])
            #expect(proof["root"] as? String == known.roots[size])
        }
        for (from, root) in known.roots {
            let proof = try await server.get("/api/ledger/consistency?from=\(from)&to=\(size)").object
            #expect(proof["fromRoot"] as? String == root)
        }
        try await checkRefusals(server, known)
        let again = try await server.post("/api/ledger/forget", ["subject": "s-1"]).object
        #expect(again["position"] as? Int == known.forget && again["events"] as? Int == 0)
    }

    private func checkRefusals(_ server: ServedFolder.Running, _ known: Known) async throws {
        // Below what is kept a number answers its position, whatever the content.
        let number = try await server.post("/api/events", ["agent": "a-1", "number": 2, "type": "OTHER"])
        #expect(try number.status == 200 && number.object["positions"] as? [Int] == [1])
        let key = try await server.post("/api/events", ["agent": "keyed", "key": "k-0", "type": "VOICE"])
        #expect(try key.status == 200 && key.object["positions"] as? [Int] == [40])
        let unsigned = try await server.post("/api/events", ["agent": "signer", "number": 99, "type": "TOUCH"])
        #expect(unsigned.status == 403)
    }

    /// The rows of a view are still compared, beginning with its base.
    private func expectAlteredRowsToBeFound(_ served: ServedFolder) async throws {
        try await LedgerFixture.alterRows(of: served.path)
        let verified = try await ProgramRun.prima(["verify", "--json", "--data", served.path])
        #expect(verified.code == 1, "\(verified.text) \(verified.error)")
    }
}
