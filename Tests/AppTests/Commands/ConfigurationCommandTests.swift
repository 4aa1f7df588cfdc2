import Foundation
import TestSupport
import Testing

@testable import App

/// The built program's words about itself and its configuration.
@Suite struct ConfigurationCommandTests {
    @Test func versionReadsNoConfiguration() async throws {
        let run = try await ProgramRun.prima(["version"], variables: ["PORT": "nonsense"])
        #expect(run.code == 0 && run.text == "prima \(Version.program)\n" && run.error.isEmpty)
        let json = try await ProgramRun.prima(["version", "--json"]).json()
        #expect(json["version"] as? String == Version.program && json["name"] as? String == "prima")
        #expect(try await ProgramRun.prima(["--version"]).text == run.text)
    }

    @Test func wrongUsageIsTwoAndNothingOnStandardOutput() async throws {
        for words in [
            [], ["nonsense"], ["verify", "--nonsense"], ["dump", "extra"], ["rebuild"], ["rebuild", "x"],
            ["rebuild", "--list", "agents"], ["--data", "x", "verify"], ["config", "--port"],
        ] {
            let run = try await ProgramRun.prima(words)
            #expect(run.code == 2 && run.output.isEmpty && run.error.contains("--help"), "\(words)")
        }
    }

    @Test func helpIsAResult() async throws {
        for words in [["--help"], ["help"], ["help", "verify"]] + Invocation.commands.map({ [$0.name, "--help"] }) {
            let run = try await ProgramRun.prima(words)
            #expect(run.code == 0 && run.text.contains("prima") && run.error.isEmpty, "\(words)")
        }
    }

    @Test func eachSourceOutranksThoseBefore() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/my.conf"
        try Data("PORT=1\nPRIMA_REGION=a\nPRIMA_LOG=json\n".utf8).write(to: URL(filePath: file))
        let run = try await ProgramRun.prima(
            ["config", "--json", "--region", "c"],
            variables: ["PRIMA_CONFIG": file, "PRIMA_REGION": "b", "PRIMA_LOG": "text"]
        )
        let json = try run.json()
        func entry(_ key: String) -> [String] {
            let entry = json[key] as? [String: Any]
            return [entry?["value"] as? String ?? "", entry?["source"] as? String ?? ""]
        }
        #expect(run.code == 0)
        #expect(entry("PORT") == ["1", "\(file):1"])
        #expect(entry("PRIMA_LOG") == ["text", "variable PRIMA_LOG"])
        #expect(entry("PRIMA_REGION") == ["c", "flag --region"])
        #expect(entry("HOST") == ["127.0.0.1", "default"])
        let other = folder.path + "/other.conf"
        try Data("PORT=9\n".utf8).write(to: URL(filePath: other))
        let flag = try await ProgramRun.prima(["config", "--config", other], variables: ["PRIMA_CONFIG": file])
        #expect(flag.text.contains("9  ") && flag.text.contains("\(other):1"))
    }

    @Test func secretsAreNowhere() async throws {
        for words in [["config"], ["config", "--json"], ["check-config"]] {
            let run = try await ProgramRun.prima(
                words,
                variables: ["PRIMA_TOKEN": "hunter2", "JWT_SECRET": "swordfish"]
            )
            #expect(run.code == 0)
            for text in [run.text, run.error] { #expect(!text.contains("hunter2") && !text.contains("swordfish")) }
        }
    }

    @Test func everyBadValueIsNamedAtOnce() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/my.conf"
        try Data("PRT=1\nPRIMA_RETAIN=0\n".utf8).write(to: URL(filePath: file))
        let variables = ["PRIMA_CONFIG": file, "PORT": "x", "DATABASE_URL": "postgres://u:hunter2@h/d"]
        let words = ["--log-level", "loud"]
        for command in ["check-config", "config", "verify", "dump"] {
            let run = try await ProgramRun.prima([command] + words, variables: variables)
            #expect(run.code == 78 && run.output.isEmpty)
            for part in [
                "PRT (\(file):1)", "did you mean PORT?", "PRIMA_RETAIN=0 (\(file):2)", "PORT=x (variable PORT)",
                "PostgreSQL", "PRIMA_LOG_LEVEL=loud (flag --log-level)", "accepted: debug, info, warning, error",
            ] {
                #expect(run.error.contains(part), "\(part)")
            }
            #expect(!run.error.contains("hunter2"))
        }
        let json = try await ProgramRun.prima(["check-config", "--json"] + words, variables: variables)
        #expect(json.code == 78)
        #expect(try json.json()["ok"] as? Bool == false)
        #expect((try json.json()["errors"] as? [[String: Any]])?.count == 5)
    }

    @Test func aServerThatEveryoneReachesNeedsAToken() async throws {
        func check(_ variables: [String: String]) async throws -> Int32 {
            try await ProgramRun.prima(["check-config"], variables: variables).code
        }
        #expect(try await check([:]) == 0)
        let run = try await ProgramRun.prima(["check-config"], variables: ["HOST": "0.0.0.0"])
        #expect(run.code == 78 && run.error.contains("PRIMA_TOKEN") && run.error.contains("PRIMA_INSECURE=1"))
        #expect(try await check(["HOST": "0.0.0.0", "PRIMA_INSECURE": "1"]) == 0)
        #expect(try await check(["HOST": "0.0.0.0", "PRIMA_TOKEN": "t"]) == 0)
        #expect(try await check(["PRIMA_PROFILE": "production", "PRIMA_INSECURE": "1"]) == 78)
        #expect(try await check(["PRIMA_PROFILE": "production", "PRIMA_TOKEN": "t"]) == 0)
        #expect(try await check(["DATABASE_URL": "file:///tmp/x"]) == 0)
        #expect(try await check(["QDRANT_URL": "file:///tmp/y"]) == 78)
        #expect(try await check(["QDRANT_URL": "http://localhost:6333"]) == 78)
    }

    @Test func aMisspeltVariableIsRefused() async throws {
        for words in [["check-config"], ["verify"], ["serve"]] {
            let run = try await ProgramRun.prima(words, variables: ["PRIMA_RETIAN": "5"])
            #expect(run.code == 78 && run.error.contains("PRIMA_RETIAN (variable PRIMA_RETIAN)"))
            #expect(run.error.contains("did you mean PRIMA_RETAIN?"))
        }
        let others = ["PRIMAL": "1", "RETAIN": "1", "PRIMA_SOAK_SEED": "1", "PRIMA_BINARY": "x", "LANG": "C"]
        #expect(try await ProgramRun.prima(["check-config"], variables: others).code == 0)
    }

    @Test func callsCapabilitiesInTheFolderItself() async throws {
        let folder = try TemporaryFolder()
        let data = ["--data", folder.path + "/data"]
        let calls: [(words: [String], code: Int32, output: String, error: String)] = [
            ([], 2, "", "no capability is named"),
            (["recall", "--input", "{}", "--json"], 2, "", "no capability called"),
            (["mind.report", "--input", "{"], 2, "", "no JSON"), (["mind.report"], 0, "#2 Integrated Information", ""),
            (["example.hi", "--input", #"{"name":"Prima"}"#], 0, #""hello":"Prima""#, ""),
            (["example.hi", "--input", #"{"name":3}"#], 1, "", "name: expected string"),
            (["agent.register", "--input", #"{"agent":"a-1","publicKey":"k"}"#], 0, #""position":0"#, ""),
            (["agent.list"], 0, #""agent":"a-1""#, ""),
        ]
        for (words, code, output, error) in calls {
            let run = try await ProgramRun.prima(["call"] + words + data)
            #expect(run.code == code, "\(words): \(run.error)")
            let text = String(decoding: run.output, as: UTF8.self)
            #expect(text.contains(output) || output.isEmpty, "\(words): \(text)")
            #expect(run.error.contains(error) || error.isEmpty, "\(words): \(run.error)")
        }
    }

    @Test func filesThatAreNamedMustBeThere() async throws {
        let folder = try TemporaryFolder()
        let token = folder.path + "/token"
        for key in ["PRIMA_CONFIG", "PRIMA_TOKEN_FILE", "PRIMA_MASTER_KEY_FILE"] {
            let run = try await ProgramRun.prima(["check-config"], variables: [key: token])
            #expect(run.code == 78 && run.error.contains("\(key)=\(token)"), "\(key)")
        }
        let pair = ["TLS_CERT": token, "TLS_KEY": token]
        let run = try await ProgramRun.prima(["check-config"], variables: pair)
        #expect(run.code == 78 && run.error.contains("TLS_CERT=\(token)") && run.error.contains("TLS_KEY=\(token)"))
        try Data("secret token".utf8).write(to: URL(filePath: token))
        #expect(try await ProgramRun.prima(["check-config"], variables: ["PRIMA_TOKEN_FILE": token]).code == 78)
        try Data("secret\n".utf8).write(to: URL(filePath: token))
        #expect(try await ProgramRun.prima(["check-config"], variables: ["PRIMA_TOKEN_FILE": token]).code == 0)
        #expect(try await ProgramRun.prima(["check-config"], variables: ["PRIMA_MASTER_KEY_FILE": token]).code == 78)
    }

    @Test func theDefaultFileIsAConfiguration() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/default.conf"
        let printed = try await ProgramRun.prima(["config", "--default"])
        #expect(printed.text == Configuration.defaultFile)
        try Data(printed.output).write(to: URL(filePath: file))
        #expect(try await ProgramRun.prima(["check-config", "--config", file]).code == 0)
    }
}
