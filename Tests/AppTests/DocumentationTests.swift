import Foundation
import Testing

@testable import App

/// The pages that repeat what the program says.
@Suite struct DocumentationTests {
    private func page(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test("The example of an environment is the default file")
    func example() throws { #expect(try page(".env.example") == Configuration.defaultFile) }

    @Test("The page of the configuration holds the default file, whole")
    func configuration() throws {
        let page = try page("Documentation/Prima.docc/Configuration.md")
        #expect(page.contains("\n```\n\(Configuration.defaultFile)```\n"))
        for setting in Setting.all {
            let flag = setting.flag.map { "`\($0)`" } ?? "none"
            #expect(page.contains("| `\(setting.key)` | \(flag) | \(setting.accepted) |\n"), "\(setting.key)")
        }
    }

    @Test("The page of the commands holds the help of each, whole")
    func commands() throws {
        let page = try page("Documentation/Prima.docc/Commands.md")
        for command in Invocation.commands {
            guard case .help(let text) = try Invocation.parse(["help", command.name]) else { continue }
            #expect(page.contains("\n## \(command.name)\n\n```\n\(text)\n```\n"), "\(command.name)")
        }
    }
}
