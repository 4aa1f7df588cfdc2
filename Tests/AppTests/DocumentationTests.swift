import Foundation
import ProcessDriver
import Testing

@testable import App

/// The pages that repeat what the program says.
///
/// With `PRIMA_WRITE_PAGES=1` in the environment they are written instead of compared.
@Suite struct DocumentationTests {
    @Test("Every page says what the program says", arguments: ReferencePage.allCases)
    func pages(page: ReferencePage) throws {
        if RunningProcess.variable("PRIMA_WRITE_PAGES") == "1" {
            try page.text.write(to: page.location, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page.location, encoding: .utf8) == page.text, "write \(page.path) anew")
    }
}

enum ReferencePage: CaseIterable {
    case example, configuration, commands

    var path: String {
        switch self {
        case .example: ".env.example"
        case .configuration: "Documentation/Prima.docc/Configuration.md"
        case .commands: "Documentation/Prima.docc/Commands.md"
        }
    }

    var location: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: path)
    }

    var text: String {
        switch self {
        case .example: Configuration.defaultFile
        case .configuration: Self.configurationText
        case .commands: Self.commandsText
        }
    }

    private static var configurationText: String {
        let rows = Setting.all.map { setting in
            "| `\(setting.key)` | \(setting.flag.map { "`\($0)`" } ?? "none") | \(setting.accepted) |"
        }
        return """
            # Configuration

            Every key, where it can be set, and what it may hold.

            ## Overview

            Four sources make the configuration, each outranking those before it: the default file below, which is
            built into the program; a file of yours (`PRIMA_CONFIG` or `--config`); environment variables; flags.
            `prima config` prints what is in effect and where each value came from, `prima check-config` checks it. A
            value that is refused exits 78; the message names the value, its source and what is accepted, for all that
            is wrong at once.

            The syntax of files is the part of .env that shells, Docker and systemd read alike, so that one file serves
            all of them: `KEY=value`, and comments on lines of their own. Nothing is expanded or escaped, so nothing
            can be read in two ways. Unknown names are refused, in files, among flags, and among variables that begin
            with PRIMA_, with the nearest known name; but for `PRIMA_SOAK_…`, `PRIMA_BENCH_…`, `PRIMA_BINARY` and
            `PRIMA_WRITE_PAGES`, which the tools around the program read. What this build does not have is refused, too.

            ## The keys

            | key | flag | accepted |
            | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            The key that names a file is `PRIMA_CONFIG`, its flag `--config`. Secrets have no flag, since the list of
            processes shows flags. Messages and `prima config` mask them.

            ## The default file

            `prima config --default` prints it; `.env.example` is a copy of it.

            ```
            \(Configuration.defaultFile)```

            """
    }

    private static var commandsText: String {
        let sections = Invocation.commands.map { command in
            "## \(command.name)\n\n```\n\(Help.text(of: command))\n```\n"
        }
        return """
            # Commands

            What `prima --help` and `prima COMMAND --help` print.

            ## Overview

            ```
            \(Help.program)
            ```

            Results go to standard output, everything else to standard error. <doc:Configuration> explains the flags
            that every command takes.

            \(sections.joined(separator: "\n"))
            """
    }
}
