import Foundation
import TestSupport
import Testing

@testable import App

/// `prima reason` as a process: its shapes, its folder, and what is typed into it.
@Suite struct ReasonCommandTests {
    private func prima(_ arguments: [String], input: String = "") async throws -> ProgramRun {
        try await ProgramRun.prima(["reason"] + arguments, input: Array(input.utf8))
    }

    @Test("an answer and an error are one line each")
    func shapes() async throws {
        let good = try await prima(["-c", "?[a, b] <- [[1, 'x'], [2.5, null]]", "--json"])
        #expect(good.code == 0)
        #expect(good.text == #"{"ok":true,"headers":["a","b"],"rows":[[1,"x"],[2.5,null]]}"# + "\n")
        let bad = try await prima(["-c", "?[a] <-\n  [[1]", "--json"])
        #expect(bad.code == 1)
        let line = try bad.json()
        #expect(Set(line.keys) == ["ok", "code", "message", "line", "column"] && line["ok"] as? Bool == false)
        #expect(line["line"] as? Int == 2 && line["code"] as? String == "parser::pest")
        let asked = try await prima(["-c", "?[a] := a = $a + 1", "--params", #"{"a": 41}"#, "--json"])
        #expect(try asked.json()["rows"] as? [[Int]] == [[42]])
    }

    @Test("lines come in and go out over one database")
    func lines() async throws {
        let input = """
            {"script": "?[a] <- [[1]] :create r {a}"}
            {"script": "?[a] := *r[a] or a = $x", "params": {"x": 2}}
            {"script": "?["}
            nonsense
            {"script": "?[a] := *r[a]"}
            """
        let lines = try await prima(["--json"], input: input).lines()
        #expect(lines.map { $0["ok"] as? Bool } == [true, true, false, false, true])
        #expect(lines[1]["rows"] as? [[Int]] == [[1], [2]])
    }

    @Test("a folder keeps relations and what was typed; one process has it")
    func folder() async throws {
        let folder = try TemporaryFolder()
        let data = ["--data", folder.path]
        #expect(try await prima(["-c", "?[a] <- [[1], [2]] :create r {a}"] + data).code == 0)
        let again = try await prima(["-c", "?[a] := *r[a]", "--json"] + data)
        #expect(try again.json()["rows"] as? [[Int]] == [[1], [2]])
        #expect(try await prima(["-c", "?[a] <- [[3]] :insert r {a}"] + data).code == 0)
        let refused = try await prima(
            ["-c", "{?[a] <- [[4]] :put r {a}} {?[a] <- [[1]] :insert r {a}}", "--json"] + data
        )
        #expect(refused.code == 1)
        let talk = try await prima(
            data,
            input: "?[count(a)] := *r[a]\n\n.history\n.again 1\n.what\n.quit\n?[a] <- [[99]]\n"
        )
        #expect(
            talk.text.components(separatedBy: "(1 row)").count == 3 && talk.text.contains("1  ?[count(a)] := *r[a]")
        )
        #expect(!talk.text.contains("99") && talk.error.contains("what is .what?"))
        #expect(try await prima(data, input: ".history\n").text.contains("?[count(a)]"))
    }

    @Test("files are read where they are")
    func files() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("n,t,x\n1,\"a, \"\"b\"\"\",1.5\n2,c,\n".utf8), to: "rows.csv")
        try folder.write(Array("{\"a\": 1, \"b\": [2]}\n\n{\"a\": null}\n".utf8), to: "rows.jsonl")
        let csv =
            #"?[n, t, x] <~ CsvReader(url: "file://\#(folder.path)/rows.csv", types: ["Int", "String", "Float?"])"#
        let read = try await prima(["-c", csv, "--json"])
        #expect(read.text.contains(#""rows":[[1,"a, \"b\"",1.5],[2,"c",null]]"#), "\(read.text)")
        let json =
            #"?[i, a, b] <~ JsonReader(url: "file://\#(folder.path)/rows.jsonl", fields: ["a", "b"], "#
            + "null_if_absent: true, prepend_index: true)"
        let documents = try await prima(["-c", json, "--json"])
        #expect(documents.text.contains(#""rows":[[0,1,[2]],[1,null,null]]"#), "\(documents.text)")
    }
}
