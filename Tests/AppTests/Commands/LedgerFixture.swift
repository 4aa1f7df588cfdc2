import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing
import Views

@testable import App

/// A data folder with a ledger in it, made in this process and closed again.
struct LedgerFixture {
    let folder: TemporaryFolder
    var path: String { folder.path + "/data" }

    init() throws { folder = try TemporaryFolder() }

    /// Opens the ledger as a server would, with small segments, and lets `body` write to it.
    @discardableResult
    func write<Result>(
        masterKey: [UInt8]? = nil,
        _ body: (SegmentLedger) async throws -> Result
    ) async throws -> Result {
        var options = SegmentLedger.Options()
        options.segmentBytes = 32 << 10
        options.growthBytes = 16 << 10
        let disk = try PosixDisk(path: path, .createIfMissing)
        let ledger = try SegmentLedger.open(
            on: disk,
            options: options,
            clock: SystemClock(),
            randomness: SystemRandomness(),
            masterKey: masterKey
        )
        let result = try await body(ledger)
        try await ledger.close()
        return result
    }

    /// Events of every kind: numbered, keyed, signed, forgotten, with clocks and causes and odd texts.
    static func fill(_ ledger: SegmentLedger, count: Int = 300) async throws {
        let key = SigningKey.generate()
        for base in stride(from: 0, to: count, by: 50) {
            let batch = try (base..<min(count, base + 50)).map { try submission($0, key, size: ledger.extent.size) }
            _ = try await ledger.append(batch)
            if base % 100 == 50 { _ = try await ledger.forget(SubjectID("s-\(base / 100 % 3)"), by: .token) }
        }
    }

    private static func submission(_ index: Int, _ key: SigningKey, size: Int64) throws -> Submission {
        let agent = index % 10 == 9 ? "signer" : "a-\(index % 5) é\u{301}\""
        let fields = try Fields([
            ("x", .integer(Int64(index))), ("half", .double(0.5 + Double(index))),
            ("text", .text("line\n\u{1F600} \(index) \u{7F}")), ("list", .array([.null, .bool(true), .map(Fields())])),
        ])
        var event = Event(agent: try AgentID(agent), type: try EventType("TOUCH"), body: try Body(fields))
        if index % 2 == 0 { event.number = EventNumber(Int64(index + 1)) }
        if index % 3 == 0 { event.key = try IdempotencyKey("k-\(index)") }
        if index % 4 == 0 { event.subject = try SubjectID("s-\(index / 4 % 3)") }
        if index % 5 == 0 { event.room = try RoomID("64") }
        if index % 6 == 0 { event.at = -Int64(index) }
        if index % 7 == 0, size > 0 { event.causes = [Position(size - 1)] }
        guard agent == "signer" else { return Submission(event, by: index % 2 == 0 ? .token : .open) }
        event.salt = Salt(SystemRandomness().bytes(16))
        event.publicKey = PublicKey(key.publicKey)
        guard let salt = event.salt else { throw NoSalt() }
        let commit = SHA256.hash(salt.bytes + event.body.encoded)
        event.signature = Signature(key.sign(CanonicalEvent.signed(event, commit: commit)))
        return Submission(event, by: .open)
    }

    private struct NoSalt: Error {}

    // MARK: The folder

    func prima(_ words: String..., input: [UInt8] = [], variables: [String: String] = [:]) async throws -> ProgramRun {
        try await ProgramRun.prima(words + ["--data", path], variables: variables, input: input)
    }

    func names(_ subfolder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + subfolder).sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path + "/" + name))) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    /// Changes a row of the view `agents`, as nobody may.
    static func alterRows(of path: String) async throws {
        let sql = "UPDATE agents SET events = events + 1 WHERE agent = (SELECT min(agent) FROM agents)"
        let script =
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
        let run = try await ProgramRun.run(
            URL(filePath: "/usr/bin/env"),
            ["python3", "-c", script, path + "/" + DataFolder.rowsName, sql],
            variables: ["PATH": "/usr/bin:/bin"]
        )
        #expect(run.code == 0, "\(run.error)")
    }

    /// Every file with its content, but for the lock.
    func snapshot() throws -> [String: [UInt8]] {
        let names = try names().filter { $0 != FolderLock.fileName }
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try bytes($0)) })
    }
}
