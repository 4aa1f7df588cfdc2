import TestSupport
import Testing

@testable import Datalog

@Suite struct LanguageTests {
    private func failure(_ script: String) throws -> ScriptError {
        do {
            _ = try Database().run(script, Database.Call(now: 0, seed: 1))
        } catch {
            return error
        }
        Issue.record("no error: \(script)")
        throw CorpusError.unreadable(script)
    }

    @Test("an error shows its line, a caret below the place, and what to do")
    func rendering() throws {
        let script = "r[a] <- [[1]]\n?[x] := r[x], y > lenght(x)"
        let error = try failure(script)
        let text = error.rendered(in: script)
        #expect(error.kind == .functionUnknown)
        #expect(error.place(in: script) == (2, 19))
        #expect(text.contains("2 | ?[x] := r[x], y > lenght(x)"))
        #expect(text.contains("\n  |                   ^^^^^^^^^"))
        #expect(text.contains("did you mean `length`?"))
    }

    @Test("columns count characters, not bytes")
    func columns() throws {
        let script = "?[x] := x = 'é☃' ++ nope(1)"
        #expect(try failure(script).place(in: script).column == 21)
    }

    @Test(
        "the remedy names what is probably meant",
        arguments: [
            ("path[a] <- [[1]] ?[a] := pat[a]", "path"), ("?[cuont(a)] := a in [1]", "count"),
            ("?[a] := a in [1] :sort b", "the answer has a"), ("?[a] := not a = 1", "x != y"),
            ("?[a] <- [[1]] :lmit 3", ":limit"), ("?[a] := a = 'x", "close it with '"),
        ]
    )
    func remedies(script: String, part: String) throws {
        let error = try failure(script)
        #expect(error.remedy?.contains(part) ?? false, "\(error)")
    }

    @Test(
        "what does not exist yet says so",
        arguments: [
            "::hnsw create a:b {}", "?[a] := ~a:b{a | query: 1}",
            "?[a] <~ JsonReader(url: 'http://x', fields: ['a'])",
        ]
    )
    func unsupported(script: String) throws {
        let error = try failure(script)
        #expect(error.kind == .unsupported, "\(error)")
        #expect(error.message.contains("not supported yet"))
    }

    @Test("scripts with bytes changed, cut or doubled never crash the parser", arguments: 0..<8)
    func mutations(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let scripts = try Corpus.files.flatMap { try Corpus.cases(of: $0) }.flatMap(\.steps).map(\.script)
        let letters = Array("[](){}<>:=,;?*@$_\"'#%~+-/|&!0159.aegnot \n\\é".utf8)
        for _ in 0..<400 {
            var bytes = Array(scripts[random.below(scripts.count)].utf8)
            for _ in 0...random.below(3) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = letters[random.below(letters.count)]
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(letters[random.below(letters.count)], at: place)
                default: bytes += bytes[place...]
                }
            }
            let script = String(decoding: bytes, as: UTF8.self)
            do {
                _ = try ScriptParser.parse(script)
            } catch {
                let place = error.place(in: script)
                #expect(place.line >= 1 && place.column >= 1)
                #expect(!error.rendered(in: script).isEmpty)
            }
        }
    }

    @Test("deep nesting is an error, not a crash")
    func nesting() throws {
        let deep = String(repeating: "(", count: 100_000)
        #expect(try failure("?[x] := x = \(deep)1").kind == .syntax)
        #expect(try failure("?[x] := \(deep)x = 1").kind == .syntax)
        #expect(try failure("?[x] := x = " + String(repeating: "-", count: 100_000) + "1").kind == .syntax)
        #expect(try failure("?[x] := x = " + String(repeating: "[", count: 100_000)).kind == .syntax)
    }
}
