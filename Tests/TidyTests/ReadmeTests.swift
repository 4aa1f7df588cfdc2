import Foundation
import Testing

/// What the README tells people to type is typed, in a folder that looks like a fresh clone after `make build`.
@Suite struct ReadmeTests {
    @Test func everyCommandWorks() throws {
        let readme = try #require(Repository.this.files["README.md"])
        let clone = try Clone()
        for (fence, expected) in Self.commands(in: Markdown(readme)) {
            let (status, output) = try clone.run(fence.text)
            #expect(status == 0, "README.md:\(fence.line) exits \(status):\n\(fence.text)\n\(output)")
            if let expected { #expect(output == expected.text + "\n", "what README.md:\(expected.line) shows") }
        }
    }

    @Test func fencesAreCommandsUnlessTheySayOtherwise() {
        let page = """
            ```sh
            echo 1
            ```
            ```text output
            1
            ```
            ```sh no-run
            exit 1
            ```
            ```json
            {}
            ```
            ```sh
            echo 2
            ```
            """
        let commands = Self.commands(in: Markdown(TextFile(path: "README.md", text: page)))
        #expect(commands.map(\.fence.text) == ["echo 1", "echo 2"])
        #expect(commands.map(\.expected?.text) == ["1", nil])
    }

    @Test func aCommandThatFailsIsNoticed() throws {
        let clone = try Clone()
        #expect(try clone.run("true\nfalse\ntrue").status != 0)
        #expect(try clone.run("false | true").status != 0)
        #expect(try clone.run("test -f Package.swift && ! test -e .build").status == 0)
    }

    /// The fences of shell commands, each with the fence of its output where that follows: `text output`.
    static func commands(in page: Markdown) -> [(fence: Markdown.Fence, expected: Markdown.Fence?)] {
        let shells: Set = ["sh", "bash", "shell", "console"]
        return page.fences.indices.compactMap { index in
            let fence = page.fences[index]
            guard shells.contains(fence.language), !fence.words.contains("no-run") else { return nil }
            let next = page.fences.dropFirst(index + 1).first
            return (fence, next.flatMap { $0.words.contains("output") ? $0 : nil })
        }
    }
}

/// A folder that holds what a clone holds, with the debug build as `build/prima`; what commands write stays in it.
private struct Clone: ~Copyable {
    private let folder: URL

    init() throws {
        let files = FileManager.default
        folder = files.temporaryDirectory.appending(path: "prima-readme-\(UUID().uuidString)")
        try files.createDirectory(at: folder.appending(path: "build"), withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: Repository.root.plainPath)
        where !name.hasPrefix(".build") && ![".git", "build", "prima-data"].contains(name) {
            try files.createSymbolicLink(
                at: folder.appending(path: name),
                withDestinationURL: Repository.root.appending(path: name)
            )
        }
        let built = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "prima")
        try files.createSymbolicLink(at: folder.appending(path: "build/prima"), withDestinationURL: built)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func run(_ script: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["bash", "-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
