import Foundation
import Testing

@testable import Datalog

/// The scripts of the corpus, with the answers of the reference as they were recorded.
@Suite struct CorpusTests {
    @Test("answers are those of the reference, or the script is on the deviation list", arguments: Corpus.files)
    func answers(file: String) throws {
        let deviations = try Deviation.all()
        var wrong: [String] = []
        var count = 0
        for testCase in try Corpus.cases(of: file) {
            let database = Database()
            for step in testCase.steps {
                count += 1
                let answer = Corpus.answer(of: database, step.script)
                guard let difference = step.expected.difference(from: answer) else { continue }
                if deviations.contains(where: { $0.covers(step.script) }) { continue }
                wrong.append("\(testCase.name): \(step.script)\n    \(difference)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        #expect(count > 50)
    }

    @Test("the corpus is as large as it is said to be")
    func size() throws {
        let count = try Corpus.files.reduce(0) { try $0 + Corpus.cases(of: $1).reduce(0) { $0 + $1.steps.count } }
        #expect(count >= 700)
    }

    @Test("the page of the deviations is made from their list")
    func page() throws {
        let folder = Corpus.folder.replacing("Tests/DatalogTests/Corpus/", with: "Documentation/")
        let list = try String(contentsOfFile: folder + "datalog-deviations.json", encoding: .utf8)
        let page = try String(contentsOfFile: folder + "datalog-deviations.md", encoding: .utf8)
        guard case .array(let entries)? = JSONTree(parsing: list) else { throw CorpusError.unreadable("the list") }
        let lines = try entries.map { entry in
            guard case .text(let pattern)? = entry.member("pattern"), case .text(let reason)? = entry.member("reason"),
                case .text(let since)? = entry.member("since")
            else { throw CorpusError.unreadable("an entry") }
            return "- `\(pattern)` (since \(since)): \(reason)"
        }
        #expect(page.split(separator: "\n").filter { $0.hasPrefix("- ") }.map(String.init) == lines)
    }

    @Test("every entry of the deviation list is met by a script of the corpus, or says what scripts cannot show")
    func needed() throws {
        let scripts = try Corpus.files.flatMap { try Corpus.cases(of: $0) }.flatMap(\.steps).map(\.script)
        let unused = try Deviation.all().filter { deviation in !scripts.contains(where: deviation.covers) }
        #expect(unused.count <= 10, "\(unused.map(\.pattern.pattern))")
    }

    @Test("a wrong answer is noticed")
    func notices() {
        let expected = Corpus.Expected.rows(headers: ["a"], rows: [.array([.int(1)])])
        #expect(expected.difference(from: Corpus.answer(of: Database(), "?[a] <- [[2]]")) != nil)
        #expect(expected.difference(from: Corpus.answer(of: Database(), "?[a] <- [[1.0]]")) != nil)
        #expect(expected.difference(from: Corpus.answer(of: Database(), "?[b] <- [[1]]")) != nil)
        #expect(expected.difference(from: Corpus.answer(of: Database(), "?[a] <- [[1]]")) == nil)
        #expect(Corpus.Expected.failure("eval::throw").difference(from: .failure("parser::pest")) != nil)
    }

    @Test("answers do not depend on the size of batches or on handing on what is bound", arguments: [1, 3, 64])
    func metamorphic(batchSize: Int) throws {
        for testCase in try Corpus.cases(of: "language.expected.jsonl") {
            for step in testCase.steps where !step.script.contains("rand") && !step.script.contains(":disable") {
                let plain = Corpus.answer(of: Database(), step.script)
                let small = Corpus.answer(of: Database(), step.script, batchSize: batchSize)
                #expect(plain == small, "\(step.script)")
                let whole = Corpus.answer(of: Database(), step.script + "\n:disable_magic_rewrite true")
                if case .rows = plain { #expect(plain == whole, "\(step.script)") }
            }
        }
    }
}
