import Basics
import FilesDriver
import Foundation
import Model
import Ports
import Stores
import TestSupport
import Testing

@testable import App

/// The built program over real folders: verify, dump, load, rebuild and migrate, and each way to end.
@Suite struct LedgerCommandTests {
    private static let views = ["agent_registry", "agents", "api_keys", "chat", "device_sessions", "field"]

    // MARK: Folders that hold nothing

    @Test func aMissingFolderIsNamed() async throws {
        let fixture = try LedgerFixture()
        for words in [["verify"], ["dump"], ["rebuild", "agents"]] {
            let run = try await ProgramRun.prima(words + ["--data", fixture.path])
            #expect(run.code == 73 && run.error.contains(fixture.path), "\(words)")
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func anEmptyFolderIsAnEmptyLedger() async throws {
        let fixture = try LedgerFixture()
        try FileManager.default.createDirectory(atPath: fixture.path, withIntermediateDirectories: true)
        let run = try await fixture.prima("verify", "--json")
        let json = try run.json()
        #expect(run.code == 0 && json["ok"] as? Bool == true && json["size"] as? Int == 0)
        #expect(json["root"] as? String == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(try await fixture.prima("dump").output.isEmpty)
        #expect(try await fixture.prima("dump", "--json").text == "[]\n")
        #expect(try fixture.names() == [])
    }

    @Test func aForeignFolderIsRefusedAndLeftAlone() async throws {
        let fixture = try LedgerFixture()
        try FileManager.default.createDirectory(atPath: fixture.path, withIntermediateDirectories: true)
        try fixture.write(Array("hello".utf8), to: "letter.txt")
        for words in [["verify"], ["dump"], ["load"], ["migrate"], ["rebuild", "agents"]] {
            let run = try await ProgramRun.prima(words + ["--data", fixture.path])
            #expect(run.code == 73 && run.error.contains("letter.txt"), "\(words)")
        }
        #expect(try fixture.names() == ["letter.txt"])
        #expect(try await ProgramRun.prima(["verify", "--data", fixture.path + "/letter.txt"]).code == 73)
    }

    // MARK: Verify and dump

    @Test func aLedgerIsSoundAndDumpsWhatItHolds() async throws {
        let fixture = try LedgerFixture()
        let (size, root) = try await fixture.write { ledger in
            try await LedgerFixture.fill(ledger)
            return (ledger.extent.size, try await ledger.root(at: ledger.extent.size))
        }
        let verify = try await fixture.prima("verify", "--json")
        let json = try verify.json()
        #expect(verify.code == 0 && verify.error.isEmpty)
        #expect(json["ok"] as? Bool == true && json["size"] as? Int == Int(size) && json["first"] as? Int == 0)
        #expect(json["root"] as? String == root.description && (json["segments"] as? Int ?? 0) > 2)
        #expect((json["errors"] as? [Any])?.isEmpty == true && json["tail"] == nil)
        #expect(try await fixture.prima("verify").text.hasPrefix("sound: \(size) positions"))
        let dump = try await fixture.prima("dump")
        let lines = try dump.lines()
        #expect(dump.code == 0 && lines.count == Int(size))
        for (index, line) in lines.enumerated() { #expect(line["position"] as? Int == index) }
        #expect(lines.contains { $0["forgotten"] as? Bool == true && $0["data"] is NSNull && $0["salt"] == nil })
        #expect(lines.contains { $0["type"] as? String == "prima.forget" && $0["agent"] as? String == "prima" })
        let array = try JSONSerialization.jsonObject(with: Data(try await fixture.prima("dump", "--json").output))
        #expect(array as? NSArray == lines as NSArray)
    }

    @Test func damageIsFoundAndExits65() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        let sound = try fixture.snapshot()
        var random = SeededRandom(seed: 21)
        let segments = sound.keys.filter { $0.hasPrefix("segment-") }.sorted()
        for _ in 0..<6 {
            let name = segments[random.below(segments.count - 1)]
            var spoilt = try #require(sound[name])
            // Everything but the trailer's page: without a trailer a segment is only not sealed yet.
            let offset = random.below(spoilt.count - 4096)
            spoilt[offset] ^= UInt8(1 << random.below(8))
            if offset >= 128, offset < 4096 { continue }
            try fixture.write(spoilt, to: name)
            let run = try await fixture.prima("verify", "--json")
            #expect(run.code == 65, "byte \(offset) of \(name): \(run.error)")
            #expect(try run.json()["ok"] as? Bool == false)
            #expect((try run.json()["errors"] as? [String])?.isEmpty == false)
            try fixture.write(try #require(sound[name]), to: name)
        }
        #expect(try await fixture.prima("verify").code == 0)
    }

    @Test func whatIsMissingIsDamage() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        let first = try #require(try fixture.names().first { $0.hasPrefix("segment-") })
        for name in ["head.key", "keyring", first] {
            let bytes = try fixture.bytes(name)
            try FileManager.default.removeItem(atPath: fixture.path + "/" + name)
            let verify = try await fixture.prima("verify", "--json")
            #expect(verify.code == 65 && verify.error.contains(name == first ? "segment-" : name), "\(name)")
            #expect(try verify.json()["ok"] as? Bool == false)
            for words in [["dump"], ["rebuild", "agents"]] where name != first || words == ["dump"] {
                let run = try await ProgramRun.prima(words + ["--data", fixture.path])
                #expect(run.code == 65, "\(words) without \(name): \(run.error)")
            }
            #expect(try fixture.names().contains(name) == false)
            try fixture.write(bytes, to: name)
        }
        #expect(try await fixture.prima("verify").code == 0)
    }

    @Test func aFileOfAnotherLedgerIsNamed() async throws {
        let fixture = try LedgerFixture()
        let other = try LedgerFixture()
        for fixture in [fixture, other] { try await fixture.write { try await LedgerFixture.fill($0) } }
        let name = try #require(try fixture.names().first { $0.hasPrefix("segment-") })
        try fixture.write(try other.bytes(name), to: name)
        for words in [["verify"], ["dump"], ["rebuild", "agents"]] {
            let run = try await ProgramRun.prima(words + ["--data", fixture.path])
            #expect(run.code == 65 && run.error.contains(name), "\(words): \(run.error)")
        }
    }

    @Test func aNewerFolderIsRefusedAndAStrangeFileIsDamage() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        let sound = try fixture.snapshot()
        let names = sound.keys.filter { $0.hasPrefix("segment-") || $0 == "keyring" }
        for offset in [0, 8] {
            for name in names {
                var bytes = try #require(sound[name])
                bytes[offset] += 1
                try fixture.write(bytes, to: name)
                let run = try await fixture.prima("verify")
                #expect(run.code == 65 && run.error.contains(name), "byte \(offset) of \(name): \(run.error)")
                try fixture.write(try #require(sound[name]), to: name)
            }
        }
        for name in names {
            var bytes = try #require(sound[name])
            bytes[8] = 2
            try fixture.write(bytes, to: name)
        }
        for words in [["verify"], ["dump"], ["rebuild", "agents"]] {
            let run = try await ProgramRun.prima(words + ["--data", fixture.path])
            #expect(run.code == 73 && run.error.contains("version 2"), "\(words): \(run.error)")
        }
    }

    @Test func aTornTailIsSoundAndSaidSo() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0, count: 20) }
        let name = try #require(try fixture.names().last { $0.hasPrefix("segment-") })
        var bytes = try fixture.bytes(name)
        let end = try #require(bytes.lastIndex { $0 != 0 })
        for index in 1...40 { bytes[end + index] = UInt8(index) }
        try fixture.write(bytes, to: name)
        let run = try await fixture.prima("verify", "--json")
        let json = try run.json()
        #expect(run.code == 0 && json["ok"] as? Bool == true && json["size"] as? Int == 20)
        #expect((json["tail"] as? [String: Any])?["position"] as? Int == 20)
        #expect(try await fixture.prima("dump").lines().count == 20)
    }

    @Test func aMasterKeyIsAskedFor() async throws {
        let fixture = try LedgerFixture()
        let key = [UInt8](repeating: 9, count: 32)
        try await fixture.write(masterKey: key) { try await LedgerFixture.fill($0, count: 20) }
        let file = fixture.folder.path + "/master"
        let variables = ["PRIMA_MASTER_KEY_FILE": file]
        #expect(try await fixture.prima("dump").code == 78)
        #expect(try await fixture.prima("verify").code == 78)
        try Data([UInt8](repeating: 8, count: 32)).write(to: URL(filePath: file))
        #expect(try await fixture.prima("dump", variables: variables).code == 78)
        try Data(key).write(to: URL(filePath: file))
        #expect(try await fixture.prima("verify", variables: variables).code == 0)
        #expect(try await fixture.prima("dump", variables: variables).lines().allSatisfy { $0["salt"] != nil })
    }

    // MARK: Load

    @Test func aDumpLoadsIntoTheSameRoot() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        try await fixture.write { ledger in
            let first = try await ledger.retain(from: Position(150))
            #expect(first.index > 0)
        }
        let dump = try await fixture.prima("dump")
        #expect(try dump.lines().first?["leaf"] != nil)
        let copy = try LedgerFixture()
        let load = try await copy.prima("load", "--json", input: dump.output)
        #expect(load.code == 0, "\(load.error)")
        let verify = try await copy.prima("verify", "--json")
        #expect(verify.code == 0, "\(verify.error)")
        let original = try await fixture.prima("verify", "--json").json()
        let (verified, loaded) = (try verify.json(), try load.json())
        for key in ["size", "root", "first"] {
            let value = original[key] as? NSObject
            #expect(value == verified[key] as? NSObject && value == loaded[key] as? NSObject, "\(key)")
        }
        #expect(try await copy.prima("dump").text == dump.text)
        let mode = try FileManager.default.attributesOfItem(atPath: copy.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        // Once more, into what is not empty any more.
        let again = try copy.snapshot()
        #expect(try await copy.prima("load", input: dump.output).code == 73)
        #expect(try copy.snapshot() == again)
    }

    @Test func aCopiedHeadKeyStays() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0, count: 20) }
        let dump = try await fixture.prima("dump")
        let copy = try LedgerFixture()
        try FileManager.default.createDirectory(atPath: copy.path, withIntermediateDirectories: true)
        try copy.write(try fixture.bytes("head.key"), to: "head.key")
        let file = fixture.folder.path + "/dump.jsonl"
        try Data(dump.output).write(to: URL(filePath: file))
        #expect(try await copy.prima("load", file).code == 0)
        #expect(try copy.bytes("head.key") == fixture.bytes("head.key"))
        #expect(try await copy.prima("verify").code == 0)
        #expect(try copy.names().contains("loading") == false)
    }

    @Test func anythingWrongIsRefusedAndLeavesTheFolderAsItWas() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0, count: 120) }
        let dump = try await fixture.prima("dump").text.split(separator: "\n").map(String.init)
        let forgotten = try #require(dump.firstIndex { $0.contains("\"forgotten\":true") })
        let open = try #require(dump.firstIndex { $0.contains("\"salt\"") && $0.contains("\"x\":") })
        let signed = try #require(dump.firstIndex { $0.contains("\"signature\":\"") })
        func edited(_ index: Int, _ from: String, _ to: String) -> [String] {
            var lines = dump
            lines[index] = lines[index].replacing(from, with: to, maxReplacements: 1)
            #expect(lines[index] != dump[index], "\(from)")
            return lines
        }
        let bad: [(name: String, lines: [String])] = [
            ("not JSON", dump + ["{"]), ("a gap", Array(dump[..<10] + dump[11...])),
            ("not from the first", Array(dump.dropFirst())), ("twice", dump + [dump[dump.count - 1]]),
            ("another order", Array(dump[..<5] + [dump[6], dump[5]] + dump[7...])),
            ("other data", edited(open, "\"x\":", "\"x\":1")),
            ("other writer", edited(open, "\"writer\":\"", "\"writer\":\"d")),
            ("other commit", edited(forgotten, "\"commit\":\"", "\"commit\":\"00")),
            ("other hash", edited(open, "\"hash\":\"", "\"hash\":\"00")),
            ("another name", edited(signed, "\"agent\":\"signer\"", "\"agent\":\"signet\"")),
            ("unknown field", edited(open, "{", "{\"more\":1,")),
            ("no forget follows", dump.filter { !$0.contains("prima.forget") }),
            ("cut before the forget", Array(dump[...forgotten])),
            ("later received", edited(open, "\"received\":[", "\"received\":[9")),
        ]
        let copy = try LedgerFixture()
        for (name, lines) in bad {
            let run = try await copy.prima("load", input: Array(lines.joined(separator: "\n").utf8))
            #expect(run.code == 65 && run.output.isEmpty, "\(name): \(run.code) \(run.error)")
            #expect(run.error.contains("line ") || run.error.contains("position "), "\(name): \(run.error)")
            #expect(!FileManager.default.fileExists(atPath: copy.path), "\(name)")
        }
        try FileManager.default.createDirectory(atPath: copy.path, withIntermediateDirectories: true)
        try copy.write(try fixture.bytes("head.key"), to: "head.key")
        #expect(try await copy.prima("load", input: Array("{".utf8)).code == 65)
        #expect(try copy.names() == ["head.key"])
        #expect(try await copy.prima("load", input: Array(dump.joined(separator: "\n").utf8)).code == 0)
        #expect(try await copy.prima("load", "/nonexistent").code != 0)
    }

    @Test func aLoadThatWasBrokenOffIsNoLedgerAndLoadsAgain() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0, count: 60) }
        let dump = try await fixture.prima("dump")
        let copy = try LedgerFixture()
        // As a crash between the moves leaves it: segments in place, the keyring not yet.
        try FileManager.default.createDirectory(atPath: copy.path + "/loading", withIntermediateDirectories: true)
        for name in try fixture.names() where name.hasPrefix("segment-") {
            try copy.write(fixture.bytes(name), to: name)
        }
        try copy.write(try fixture.bytes("keyring"), to: "loading/keyring")
        for words in [["migrate"], ["rebuild", "agents"], ["verify"], ["dump"]] {
            let run = try await ProgramRun.prima(words + ["--data", copy.path])
            #expect(run.code == 73 && run.error.contains("broken off"), "\(words)")
        }
        #expect(try await copy.prima("load", input: dump.output).code == 0)
        #expect(try await copy.prima("verify").code == 0)
        #expect(try copy.names().contains("loading") == false)
    }

    // MARK: Views

    @Test func aViewIsRebuiltAndCompared() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        #expect(try await fixture.prima("rebuild", "--list").text == Self.views.map { "\($0)\n" }.joined())
        let listed = try await fixture.prima("rebuild", "--list", "--json").json()
        #expect(listed["views"] as? [String] == Self.views)
        for words in [
            ["rebuild", "agents"], ["rebuild", "agents", "--check"], ["rebuild", "agents", "--check", "--json"],
        ] {
            let run = try await ProgramRun.prima(words + ["--data", fixture.path])
            let json = try run.json()
            #expect(run.code == 0 && json["view"] as? String == "agents", "\(run.error)")
            #expect(json["live"] as? String == json["rebuilt"] as? String && (json["position"] as? Int ?? 0) > 300)
        }
        let before = try fixture.snapshot()
        #expect(before[DataFolder.rowsName] != nil && before[DataFolder.rowsName + "-wal"] == nil)
        let verify = try await fixture.prima("verify")
        #expect(verify.code == 0 && verify.error.isEmpty, "\(verify.error)")
        #expect(try fixture.snapshot() == before)
    }

    @Test func rowsThatWereAlteredByHandAreADifference() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        #expect(try await fixture.prima("rebuild", "agents").code == 0)
        try await LedgerFixture.alterRows(of: fixture.path)
        let verify = try await fixture.prima("verify", "--json")
        #expect(verify.code == 1, "\(verify.error)")
        #expect(try verify.json()["ok"] as? Bool == false)
        #expect((try verify.json()["errors"] as? [String])?.first?.contains("agents") == true)
        let check = try await fixture.prima("rebuild", "agents", "--check")
        #expect(check.code == 1)
        #expect(try check.json()["live"] as? String != (try check.json()["rebuilt"] as? String))
        #expect(try await fixture.prima("rebuild", "agents").code == 1)
        #expect(try await fixture.prima("rebuild", "agents").code == 0)
        #expect(try await fixture.prima("verify").code == 0)
    }

    @Test func migrationsAreAppliedOrPrinted() async throws {
        let fixture = try LedgerFixture()
        let printed = try await fixture.prima("migrate", "--print")
        #expect(printed.code == 0 && printed.text.contains("CREATE TABLE"))
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
        let json = try await fixture.prima("migrate", "--print", "--json").json()
        #expect(json["sql"] as? String == printed.text)
        #expect(try await fixture.prima("migrate").code == 0)
        #expect(try await fixture.prima("migrate", "--json").json()["migrations"] as? Int == 6)
        for name in try fixture.names() where name.hasPrefix(DataFolder.rowsName) {
            try FileManager.default.removeItem(atPath: fixture.path + "/" + name)
        }
        try fixture.write(Array("no database at all, but long enough to be looked at".utf8), to: DataFolder.rowsName)
        #expect([65, 73].contains(try await fixture.prima("migrate").code))
    }

    // MARK: Beside a running server

    @Test func writersAreRefusedAndReadersAreNot() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { ledger in
            let lock = try FolderLock(folder: fixture.path)
            try await LedgerFixture.fill(ledger)
            for words in [["load"], ["migrate"], ["rebuild", "agents"], ["rebuild", "agents", "--check"]] {
                let run = try await ProgramRun.prima(words + ["--data", fixture.path])
                let pid = String(ProcessInfo.processInfo.processIdentifier)
                #expect(run.code == 73 && (words == ["load"] || run.error.contains(pid)), "\(words): \(run.error)")
            }
            let size = ledger.extent.size
            let dump = try await fixture.prima("dump")
            #expect(dump.code == 0)
            #expect(try dump.lines().count == Int(size))
            let verify = try await fixture.prima("verify", "--json")
            #expect(verify.code == 0, "\(verify.error)")
            #expect(try verify.json()["size"] as? Int == Int(size))
            withExtendedLifetime(lock) {}
        }
    }

    @Test func verifyAndDumpAreSoundWhileEventsArrive() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { ledger in
            let lock = try FolderLock(folder: fixture.path)
            try await LedgerFixture.fill(ledger, count: 50)
            let writer = Task {
                while !Task.isCancelled {
                    let event = Event(agent: try AgentID("w"), type: try EventType("TOUCH"))
                    _ = try await ledger.append([Submission](repeating: Submission(event, by: .open), count: 20))
                }
            }
            for _ in 0..<5 {
                let verify = try await fixture.prima("verify", "--json")
                #expect(verify.code == 0, "\(verify.error) \(verify.text)")
                let dump = try await fixture.prima("dump")
                #expect(dump.code == 0, "\(dump.error)")
                #expect(dump.output.last == UInt8(ascii: "\n"))
            }
            writer.cancel()
            try await writer.value
            withExtendedLifetime(lock) {}
        }
    }

    // MARK: The second reader

    @Test func thePythonReaderAgrees() async throws {
        let fixture = try LedgerFixture()
        try await fixture.write { try await LedgerFixture.fill($0) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Reader/prima_reader.py").path
        let words = ["python3", script, fixture.path, "--dump"]
        let theirs = try await ProgramRun.run(
            URL(filePath: "/usr/bin/env"),
            words,
            variables: ["PATH": "/usr/bin:/bin"]
        )
        #expect(theirs.code == 0, "\(theirs.error) \(theirs.text)")
        let lines = try theirs.lines()
        let verdict = try await fixture.prima("verify", "--json").json()
        for key in ["ok", "size", "root", "first", "segments"] {
            #expect(lines.first?[key] as? NSObject == verdict[key] as? NSObject, "\(key)")
        }
        #expect(try await Array(lines.dropFirst()) == fixture.prima("dump").lines())
    }
}
