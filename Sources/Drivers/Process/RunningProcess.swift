internal import Glibc

/// The process that this program runs as: what it was given, and how it ends.
package enum RunningProcess {
    /// The words of the command line after the program's own name.
    package static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    /// A variable of the environment; nil when it is not set, or not UTF-8.
    package static func variable(_ name: String) -> String? {
        // Nothing in this program changes its environment, so the text that getenv points at stays.
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(validatingCString: text)
    }

    /// The names of the environment that the process was started with; none where the system does not tell them.
    package static var variableNames: [String] {
        guard let source = try? ByteSource(path: "/proc/self/environ"), let bytes = try? source.all(limit: 1 << 24)
        else { return [] }
        return bytes.split(separator: 0).compactMap { entry in
            String(validating: entry.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        }
    }

    /// Lets a write to a closed pipe fail instead of ending the process.
    package static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Whether a process of this number runs, whoever owns it.
    package static func isRunning(_ identifier: Int32) -> Bool {
        identifier > 0 && (kill(identifier, 0) == 0 || errno == EPERM)
    }

    /// Ends the process at once.
    package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
