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
