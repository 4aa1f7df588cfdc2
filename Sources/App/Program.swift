internal import ProcessDriver

/// The program from its first word to its exit code.
package enum Program {
    /// Does what the command line asks for, and ends the process.
    @concurrent
    package static func main() async -> Never {
        RunningProcess.ignoreBrokenPipes()
        RunningProcess.exit(await run(RunningProcess.arguments).rawValue)
    }

    /// Does what `words` ask for.
    static func run(_ words: [String]) async -> ExitCode {
        do throws(UsageError) {
            switch try Invocation.parse(words) {
            case .help(let text):
                do {
                    try Console(program: "prima").result(text)
                    return .done
                } catch {
                    return error.code
                }
            case .run(let command, let flags, let file):
                let console = Console(program: "prima \(type(of: command).name)")
                let context = CommandContext(console: console, flags: flags, configurationFile: file)
                return await run(command, context)
            }
        } catch {
            explain(error)
            return .wrongUsage
        }
    }

    private static func run(_ command: any Command, _ context: CommandContext) async -> ExitCode {
        do throws(CommandFailure) {
            return try await command.run(context)
        } catch {
            context.console.say(error)
            return error.code
        }
    }

    private static func explain(_ error: UsageError) {
        let program = error.command.map { "prima \($0)" } ?? "prima"
        let console = Console(program: program)
        for problem in error.problems { console.say(problem) }
        console.say("see \(program) --help")
    }
}
