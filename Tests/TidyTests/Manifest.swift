/// The targets of Package.swift, read from its text.
///
/// It knows the four functions of our manifest (`module`, `driver`, `system`, `tests`) and SwiftPM's own.
struct Manifest: Sendable {
    struct Target: Sendable, Hashable {
        let name: String
        let path: String
        let dependencies: Set<String>
        let line: Int

        var isTest: Bool { path.hasPrefix("Tests/") }
        /// The folder of Sources that it is in; nil outside Sources.
        var layer: String? {
            let parts = path.split(separator: "/")
            return parts.first == "Sources" && parts.count > 1 ? String(parts[1]) : nil
        }
    }

    let targets: [Target]

    init(_ file: SwiftFile?) {
        guard let file else {
            targets = []
            return
        }
        let known: Set = [
            "module", "driver", "system", "tests", "target", "executableTarget", "testTarget", "systemLibrary",
        ]
        targets = file.tokens.indices.compactMap { index in
            guard file.tokens[index].kind == .word, known.contains(file.tokens[index].text),
                index + 1 < file.tokens.count, file.tokens[index + 1].isPunctuation("("),
                index == 0 || !file.tokens[index - 1].isWord("func")
            else { return nil }
            return Self.target(file, call: file.tokens[index], from: index + 2)
        }
    }

    /// The target whose folder holds the file.
    func owner(of path: String) -> Target? {
        targets.filter { path.hasPrefix($0.path + "/") }.max { $0.path.utf8.count < $1.path.utf8.count }
    }

    private static func target(_ file: SwiftFile, call: Token, from start: Int) -> Target? {
        var arguments: [String: [String]] = [:]
        var label = ""
        for index in start..<file.closing(from: start) {
            let token = file.tokens[index]
            if token.kind == .word, file.tokens[index + 1].isPunctuation(":") { label = token.text }
            if token.kind == .string { arguments[label, default: []].append(token.text) }
        }
        guard let name = (arguments["name"] ?? arguments[""])?.first else { return nil }
        let folder = arguments["in"]?.first ?? ""
        let path =
            switch call.text {
            case "module": "Sources/\(folder)/\(name)"
            case "driver": "Sources/Drivers/\(folder)"
            case "system": "Sources/Drivers/System/\(name)"
            case "tests", "testTarget": arguments["path"]?.first ?? "Tests/\(name)"
            default: arguments["path"]?.first ?? "Sources/\(name)"
            }
        let dependencies = ["uses", "of", "dependencies"].flatMap { arguments[$0] ?? [] }
        return Target(name: name, path: path, dependencies: Set(dependencies), line: call.line)
    }
}
