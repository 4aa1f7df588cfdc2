import Foundation
import Glibc

/// The files of a repository: this one, or an example made up for a test.
struct Repository: Sendable {
    /// Every file by its path from the root.
    let files: [String: TextFile]
    let swiftFiles: [SwiftFile]
    /// The manifest; an example without one has no targets.
    let manifest: Manifest

    init(_ texts: [String: String]) {
        self.init(files: texts.map { TextFile(path: $0.key, text: $0.value, isExecutable: true) })
    }

    private init(files: [TextFile]) {
        self.files = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
        swiftFiles = files.filter { $0.path.hasSuffix(".swift") }.map(SwiftFile.init).sorted { $0.path < $1.path }
        manifest = Manifest(swiftFiles.first { $0.path == "Package.swift" })
    }

    /// The paths in a folder, at any depth, in order.
    func paths(under folder: String) -> [String] { files.keys.filter { $0.hasPrefix(folder + "/") }.sorted() }

    /// The names directly in a folder that are folders themselves, in order.
    func folders(in folder: String) -> [String] {
        let names = paths(under: folder).compactMap { path -> String? in
            let rest = path.dropFirst(folder.utf8.count + 1).split(separator: "/")
            return rest.count > 1 ? rest.first.map(String.init) : nil
        }
        return Set(names).sorted()
    }
}

extension Repository {
    static let root: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").plainPath) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// This repository, without what is built or generated.
    static let this: Repository = {
        let skipped: Set = [".git", "build", "prima-data", "__pycache__"]
        let keys: Set<URLResourceKey> = [.isRegularFileKey, .isExecutableKey]
        let entries = FileManager.default.enumerator(at: root, includingPropertiesForKeys: Array(keys))
        var files: [TextFile] = []
        while let url = entries?.nextObject() as? URL {
            if skipped.contains(url.lastPathComponent) || url.lastPathComponent.hasPrefix(".build") {
                entries?.skipDescendants()
                continue
            }
            guard let values = try? url.resourceValues(forKeys: keys), values.isRegularFile == true,
                let data = try? Data(contentsOf: url), let text = String(bytes: data, encoding: .utf8)
            else { continue }
            let path = String(url.standardizedFileURL.plainPath.dropFirst(root.standardizedFileURL.plainPath.count))
            files.append(TextFile(path: path, text: text, isExecutable: values.isExecutable == true))
        }
        return Repository(files: files)
    }()
}

/// A file, and its lines.
struct TextFile: Sendable {
    let path: String
    let text: String
    let lines: [Substring]
    private let lower: String
    let isExecutable: Bool

    init(path: String, text: String, isExecutable: Bool = false) {
        self.path = path
        self.text = text
        self.isExecutable = isExecutable
        lower = text.lowercased()
        lines = Self.lines(of: text)
    }

    /// The lines in which the phrase occurs, whatever its case.
    ///
    /// The C library looks at the whole text: looking at each line in Swift would take most of the suite's time.
    func lines(containing phrase: String) -> [(number: Int, text: Substring)] {
        let phrase = phrase.lowercased()
        let isThere = unsafe lower.withCString { text in unsafe phrase.withCString { unsafe strstr(text, $0) != nil } }
        guard isThere else { return [] }
        return lines.enumerated().filter { $0.element.lowercased().contains(phrase) }.map {
            ($0.offset + 1, $0.element)
        }
    }

    /// What follows the last newline is a line only when it is not empty.
    private static func lines(of text: String) -> [Substring] {
        var lines: [Substring] = []
        var start = text.startIndex
        let bytes = text.utf8
        while let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(text[start..<newline])
            start = bytes.index(after: newline)
        }
        if start < text.endIndex { lines.append(text[start...]) }
        return lines
    }
}

/// Where a rule is broken, and how.
struct Finding: Sendable, Hashable, CustomStringConvertible {
    let path: String
    var line: Int?
    let message: String

    var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}

extension URL {
    /// The path as the system knows it: a space is a space.
    var plainPath: String { path(percentEncoded: false) }
}
