import Testing

@testable import App

/// Command lines: what they ask for, and what is said when they ask for nothing known.
@Suite struct InvocationTests {
    private func problems(_ line: String) -> [String] {
        do {
            _ = try Invocation.parse(line.split(separator: " ").map(String.init))
            return []
        } catch {
            return error.problems
        }
    }

    @Test("Flags of the configuration come with a value, attached or not")
    func flags() throws {
        guard
            case .run(let command, let flags, let file) = try Invocation.parse([
                "config", "--port", "5", "--host=::1", "--config", "f", "--json", "--region=a=b",
            ])
        else {
            Issue.record("this is a command")
            return
        }
        #expect(command is ConfigCommand)
        #expect(flags.map(\.flag) == ["--port", "--host", "--region"])
        #expect(flags.map(\.text) == ["5", "::1", "a=b"])
        #expect(file == "f")
    }

    @Test("Help comes from everywhere, and names every option")
    func help() throws {
        for command in Invocation.commands {
            for line in [["help", command.name], [command.name, "--help"], [command.name, "--nonsense", "-h"]] {
                guard case .help(let text) = try Invocation.parse(line) else {
                    Issue.record("\(line) asks for help")
                    continue
                }
                #expect(text.contains("Usage: prima \(command.name)"))
                #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
            }
        }
        for line in [["help"], ["--help"], ["-h"]] {
            guard case .help(let text) = try Invocation.parse(line) else { continue }
            for command in Invocation.commands { #expect(text.contains("\n  \(command.name) ")) }
        }
    }

    @Test("Everything that is wrong is said at once, with the nearest known name")
    func wrong() {
        #expect(
            problems("config --prot 5 --jsn") == [
                "there is no option --prot; did you mean --port?", "there is no option --jsn; did you mean --json?",
            ]
        )
        #expect(problems("confg") == ["there is no command confg; did you mean config?"])
        #expect(problems("--port 5") == ["the command comes first, --port after it"])
        #expect(problems("config extra") == ["config takes no further operand: extra"])
        #expect(problems("config --port") == ["--port needs a value"])
        #expect(problems("config --port --json") == ["--port needs a value"])
        #expect(problems("config --port 1 --port 2") == ["--port stands there twice"])
        #expect(problems("version --json=1") == ["--json takes no value"])
        #expect(problems("config --token x").first?.contains("PRIMA_TOKEN is a secret") == true)
        #expect(problems("") == ["there is no command"])
    }
}
