import Basics
import Foundation
import Testing
import VectorIndex

/// Filters on random payloads, against Qdrant's local mode: recorded answers always, fresh ones where the package
/// is there.
@Suite struct FilterOracleTests {
    @Test func agreesWithRecordedAnswers() throws {
        let path = #filePath.replacing("Filter/FilterOracleTests.swift", with: "Oracle/qdrant_filters.jsonl")
        let answers = try Answers(lines: [UInt8](try #require(FileManager.default.contents(atPath: path))))
        #expect(answers.filters.count == 400)
        answers.check()
    }

    @Test(.enabled(if: Oracle.python != nil, "qdrant-client cannot be installed here"), arguments: [2, 3, 4])
    func agreesWithFreshAnswers(seed: Int) throws {
        let python = try #require(Oracle.python)
        let script = #filePath.replacing("Filter/FilterOracleTests.swift", with: "Oracle/qdrant_filters.py")
        let answers = try Answers(lines: Oracle.output(of: python, [script, "\(seed)", "80", "400"]))
        #expect(answers.filters.count == 400)
        answers.check()
    }
}

/// Points, and the filters that were asked about them.
struct Answers {
    let payloads: [Value]
    let filters: [(filter: Value, ids: [Int])]

    init(lines: [UInt8]) throws {
        var payloads: [Value] = []
        var filters: [(filter: Value, ids: [Int])] = []
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            let bytes = Array(line)
            var reader = JSONReader(bytes.raw)
            guard case .map(let fields) = try reader.value() else { continue }
            if case .array(let values)? = fields["payloads"] { payloads = values }
            if let filter = fields["filter"], case .array(let ids)? = fields["ids"] {
                filters.append((filter, ids.compactMap { if case .integer(let id) = $0 { Int(id) } else { nil } }))
            }
        }
        self.payloads = payloads
        self.filters = filters
    }

    func check() {
        let points = payloads.enumerated().map { FilteredPoint(id: .number(UInt64($0)), payload: $1, vectors: [""]) }
        for (number, (value, ids)) in filters.enumerated() {
            do {
                let filter = try Filter(value)
                let found = points.indices.filter { filter.matches(points[$0]) }
                #expect(found == ids, "filter \(number): \(value)")
            } catch {
                Issue.record("filter \(number): \(error)")
            }
        }
    }
}

/// A Python that has qdrant-client.
enum Oracle {
    /// What `PRIMA_ORACLE_PYTHON` names, or an environment of its own, made when pip can; nil when neither is
    /// possible.
    static let python: String? = {
        if let named = ProcessInfo.processInfo.environment["PRIMA_ORACLE_PYTHON"] { return named }
        let folder = #filePath.replacing("Tests/VectorIndexTests/Filter/FilterOracleTests.swift", with: "build/oracles")
        let made = folder + "/bin/python"
        let ready = { (try? output(of: made, ["-c", "import qdrant_client; print(1)"])).map { !$0.isEmpty } ?? false }
        if ready() { return made }
        guard (try? output(of: "/usr/bin/env", ["python3", "-m", "venv", folder])) != nil,
            (try? output(of: made, ["-m", "pip", "install", "-q", "--only-binary", ":all:", "qdrant-client==1.20.0"]))
                != nil
        else { return nil }
        return ready() ? made : nil
    }()

    struct Failed: Error {
        let status: Int32
    }

    static func output(of program: String, _ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus) }
        return output
    }
}
