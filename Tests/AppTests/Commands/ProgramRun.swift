import Foundation

/// One run of the built program: what it printed, and how it ended.
struct ProgramRun {
    let code: Int32
    let output: [UInt8]
    let error: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The output as one JSON document.
    func json() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(output))
        guard let object = value as? [String: Any] else { throw NotAnObject(text: text) }
        return object
    }

    /// The output as JSON lines.
    func lines() throws -> [NSDictionary] {
        try text.split(separator: "\n").map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary else {
                throw NotAnObject(text: String(line))
            }
            return object
        }
    }

    struct NotAnObject: Error { let text: String }

    /// The program that was built beside the tests that run.
    static var program: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "prima")
    }

    /// Runs the program with nothing in its environment but `variables`.
    static func prima(
        _ arguments: [String],
        variables: [String: String] = [:],
        input: [UInt8] = [],
        in folder: String? = nil
    ) async throws -> ProgramRun {
        try await run(program, arguments, variables: variables, input: input, in: folder)
    }

    static func run(
        _ program: URL,
        _ arguments: [String],
        variables: [String: String] = [:],
        input: [UInt8] = [],
        in folder: String? = nil
    ) async throws -> ProgramRun {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "prima-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let files = ["in", "out", "err"].map { scratch.appending(path: $0) }
        try Data(input).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = variables
        process.currentDirectoryURL = folder.map { URL(filePath: $0) } ?? scratch
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return ProgramRun(
            code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: Array(try Data(contentsOf: files[1])),
            error: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
        )
    }
}
