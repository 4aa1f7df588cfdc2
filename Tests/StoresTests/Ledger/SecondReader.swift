import Basics
import Foundation
import Model
import Testing

/// The reader of the ledger's format that shares no code with Prima: a Python program, run as a child.
struct SecondReader {
    /// The first line that it prints.
    struct Verdict: Decodable, Equatable {
        struct Tail: Decodable, Equatable {
            let size: Int64
            let bytes: Int64
        }

        let ok: Bool
        let size: Int64?
        let root: String?
        let first: Int64?
        let segments: Int
        let errors: [String]
        let tail: Tail?
        let notes: [String]?
    }

    struct Inclusion: Decodable, Equatable {
        let position: Int64
        let size: Int64
        let leaf: String
        let path: [String]
        let root: String
    }

    struct Consistency: Decodable, Equatable {
        let from: Int64
        let to: Int64
        let path: [String]
        let fromRoot: String
        let toRoot: String
    }

    /// What to ask for beside the verdict.
    struct Questions {
        var dumps = false
        var inclusions: [(position: Int64, size: Int64)] = []
        var consistencies: [(from: Int64, to: Int64)] = []
    }

    struct Answer {
        let verdict: Verdict
        let lines: [DumpLine]
        let inclusions: [Inclusion]
        let consistencies: [Consistency]
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The repository: this file lies three folders below it.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Runs it on a folder.
    ///
    /// Without a Python that has what it needs, this throws and names the remedy.
    static func read(_ folder: String, masterKey: String? = nil, _ questions: Questions = Questions()) throws -> Answer
    {
        var words = ["-B", program, folder]
        if let masterKey { words += ["--master-key", masterKey] }
        if questions.dumps { words.append("--dump") }
        for asked in questions.inclusions { words += ["--proof", "\(asked.position)/\(asked.size)"] }
        for asked in questions.consistencies { words += ["--consistency", "\(asked.from)/\(asked.to)"] }
        let lines = try run(words).split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first else { throw Failure(description: "the second reader printed nothing") }
        let verdict = try JSONDecoder().decode(Verdict.self, from: first)
        guard verdict.ok else { return Answer(verdict: verdict, lines: [], inclusions: [], consistencies: []) }
        let consistencies = lines.suffix(questions.consistencies.count)
        let inclusions = lines.dropLast(consistencies.count).suffix(questions.inclusions.count)
        let dumped = lines.dropFirst().dropLast(consistencies.count + inclusions.count)
        return Answer(
            verdict: verdict,
            lines: try dumped.map { try DumpLine(json: Array($0).raw) },
            inclusions: try inclusions.map { try JSONDecoder().decode(Inclusion.self, from: $0) },
            consistencies: try consistencies.map { try JSONDecoder().decode(Consistency.self, from: $0) }
        )
    }

    /// What it says of many folders at once.
    static func verdicts(on folders: [String]) throws -> [Verdict] {
        try run(["-B", program] + folders).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Verdict.self, from: $0) }
    }

    private static var program: String {
        root.appending(path: "Tests/Reader/prima_reader.py").path(percentEncoded: false)
    }

    private static func run(_ words: [String]) throws -> Data {
        let child = Process()
        let (output, complaints) = (Pipe(), Pipe())
        child.executableURL = root.appending(path: "scripts/python")
        child.arguments = words
        child.standardOutput = output
        child.standardError = complaints
        try child.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complained = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        switch child.terminationStatus {
        case 0,
            65 where !printed.isEmpty:
            return printed
        case 69: throw Failure(description: "\(complained); `make test` installs what is missing")
        default: throw Failure(description: "the second reader ended with \(child.terminationStatus): \(complained)")
        }
    }
}
