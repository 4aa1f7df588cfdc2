import Foundation
import Glibc

/// A program that is run to its end.
enum Command {
    /// What it wrote; a failure shows the end of it.
    static func output(_ program: String, _ arguments: [String], as user: Server.User? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        let identity = user.map { ["--reuid", $0.name, "--regid", $0.name, "--init-groups"] } ?? []
        process.arguments = ["--pdeathsig", "TERM"] + identity + [program] + arguments
        process.currentDirectoryURL = URL(filePath: "/")
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.runUnblocked()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure("\(program) failed: \(text.suffix(500))") }
        return text
    }

    /// The folder that holds a program: on PATH, or where Debian keeps it.
    static func path(of program: String, also pattern: [String] = []) throws(Failure) -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = (folders + pattern).map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile)
        guard let found else { throw Failure("there is no \(program) here; scripts/install bench") }
        return found
    }
}

extension Process {
    /// Starts it with no signal blocked.
    ///
    /// Threads of the cooperative pool block every signal, and a child inherits that: it would not end when it is
    /// asked to, and its timers would not ring.
    func runUnblocked() throws {
        var none = sigset_t()
        var before = sigset_t()
        _ = unsafe sigemptyset(&none)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
