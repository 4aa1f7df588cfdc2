import Foundation
import Testing

@testable import Datalog

/// Reads the recorded corpus.
enum Corpus {
    static let files = [
        "algorithms.expected.jsonl", "functions.expected.jsonl", "language.expected.jsonl", "programs.expected.jsonl",
    ]

    struct Case {
        let name: String
        let steps: [Step]
    }

    struct Step {
        let script: String
        let expected: Expected
    }

    /// What a script gives: rows, or the code of an error.
    enum Expected: Equatable {
        case rows(headers: [String], rows: [JSONTree])
        case failure(String)
        /// The reference crashed: nothing to compare with.
        case nothing
    }

    static var folder: String { #filePath.replacingOccurrences(of: "Corpus.swift", with: "Corpus/") }

    static func cases(of file: String) throws -> [Case] {
        let text = try String(contentsOfFile: folder + file, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let tree = try #require(JSONTree(parsing: String(line)))
            guard case .text(let name)? = tree.member("name"), case .array(let steps)? = tree.member("steps") else {
                throw CorpusError.unreadable(file)
            }
            return Case(name: name, steps: try steps.map { try step($0, file) })
        }
    }

    private static func step(_ tree: JSONTree, _ file: String) throws -> Step {
        guard case .text(let script)? = tree.member("script") else { throw CorpusError.unreadable(file) }
        if case .array(let headers)? = tree.member("headers"), case .array(let rows)? = tree.member("rows") {
            let names = headers.map { if case .text(let name) = $0 { name } else { "" } }
            return Step(script: script, expected: .rows(headers: names, rows: rows))
        }
        guard case .text(let code)? = tree.member("code") else { throw CorpusError.unreadable(file) }
        let isCrash = code == "panic" || code == "crash"
        return Step(script: script, expected: isCrash ? .nothing : .failure(code))
    }

    /// What this engine gives.
    static func answer(of database: Database, _ script: String, batchSize: Int = 2048) -> Expected {
        do {
            let call = Database.Call(now: 1_700_000_000_000_000, seed: 1, batchSize: batchSize)
            let answer = try database.run(script, call)
            return .rows(headers: answer.headers, rows: answer.rows.map { .array($0.map(recorded)) })
        } catch {
            return .failure(error.kind.rawValue)
        }
    }

    /// A value as the recorder writes it.
    private static func recorded(_ datum: Datum) -> JSONTree {
        switch datum {
        case .float(let number): return float(number)
        case .bytes(let bytes):
            let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return .object(of: [("bytes", .text(hex))])
        case .uuid(let id): return .text(id.description)
        case .regex(let pattern): return .text(pattern.source)
        case .list(let elements), .set(let elements): return .array(elements.map(recorded))
        case .vector(let vector): return .array(vector.doubles.map(float))
        case .json(let tree): return recorded(tree)
        default: return JSONTree(datum)
        }
    }

    private static func recorded(_ tree: JSONTree) -> JSONTree {
        switch tree {
        case .float(let number): float(number)
        case .array(let elements): .array(elements.map(recorded))
        case .object(let members):
            .object(of: [("object", .object(of: members.map { ($0.key, recorded($0.value)) }))])
        default: tree
        }
    }

    private static func float(_ number: Double) -> JSONTree {
        let text = number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : number.description
        return .object(of: [("float", .text(text))])
    }
}

enum CorpusError: Error { case unreadable(String) }

extension Corpus.Expected {
    /// What is different; nil when nothing is.
    ///
    /// Floats may differ in the last digits.
    func difference(from other: Corpus.Expected) -> String? {
        switch (self, other) {
        case (.nothing, _): return nil
        case (.rows(let headers, let rows), .rows(let otherHeaders, let otherRows)):
            guard headers == otherHeaders else { return "headers \(otherHeaders) for \(headers)" }
            let same = rows.count == otherRows.count && zip(rows, otherRows).allSatisfy { Self.same($0, $1) }
            return same ? nil : "rows \(JSONTree.array(otherRows)) for \(JSONTree.array(rows))"
        // The reference gives some errors no code.
        case (.failure(let code), .failure(let other)):
            return code == other || code.isEmpty ? nil : "\(other) for \(code)"
        default: return "\(other) for \(self)"
        }
    }

    private static func same(_ one: JSONTree, _ other: JSONTree) -> Bool {
        switch (one, other) {
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { same($0, $1) }
        case (.object(let members), .object(let others)):
            if case .text(let left)? = one.member("float"), case .text(let right)? = other.member("float") {
                if left == right { return true }
                guard let left = Double(left), let right = Double(right) else { return false }
                return left == right || (left - right).magnitude <= 1e-13 * max(left.magnitude, right.magnitude)
            }
            return members.count == others.count
                && zip(members, others).allSatisfy { $0.key == $1.key && same($0.value, $1.value) }
        default: return one == other
        }
    }
}

/// Where this engine is not the reference, on purpose.
struct Deviation {
    let pattern: NSRegularExpression

    static func all() throws -> [Deviation] {
        let path = #filePath.replacingOccurrences(
            of: "Tests/DatalogTests/Corpus.swift",
            with: "Documentation/datalog-deviations.json"
        )
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard case .array(let entries)? = JSONTree(parsing: text) else { throw CorpusError.unreadable(path) }
        return try entries.map { entry in
            guard case .text(let pattern)? = entry.member("pattern") else { throw CorpusError.unreadable(path) }
            return Deviation(pattern: try NSRegularExpression(pattern: pattern))
        }
    }

    func covers(_ script: String) -> Bool {
        pattern.firstMatch(in: script, range: NSRange(script.startIndex..., in: script)) != nil
    }
}
