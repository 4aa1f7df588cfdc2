import Foundation
import Glibc

/// A server process of ours: ended by its own id, and by the kernel should we die first.
final class Server: Sendable {
    /// The user that it runs as when we are root, for servers that refuse root.
    struct User: Sendable { let name: String }

    let processID: Int32
    private let ended: DispatchSemaphore
    private let stopSignal: Int32

    /// Starts `program`; its output goes to `log`.
    init(_ program: String, _ arguments: [String], as user: User?, log: URL, stopSignal: Int32) throws {
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        var words = ["--pdeathsig", "TERM"]
        if let user { words += ["--reuid", user.name, "--regid", user.name, "--init-groups"] }
        process.arguments = words + [program] + arguments
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let started = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        let problem = Problem()
        // The kernel's signal comes when the thread ends that started the process: this one lasts as long as it.
        Thread {
            do {
                try process.runUnblocked()
            } catch {
                problem.text = "\(error)"
                started.signal()
                return
            }
            started.signal()
            process.waitUntilExit()
            ended.signal()
        }
        .start()
        started.wait()
        if let text = problem.text { throw Failure("\(program): \(text)") }
        processID = process.processIdentifier
        self.ended = ended
        self.stopSignal = stopSignal
    }

    /// Waits until `isReady`; fails when the process ends, or takes too long.
    func awaitReady(
        _ name: String,
        log: URL,
        every step: DispatchTimeInterval = .milliseconds(50),
        _ isReady: () -> Bool
    ) throws(Failure) {
        let deadline = Meter.now + 30
        while Meter.now < deadline {
            if isReady() { return }
            if ended.wait(timeout: .now() + step) == .success {
                ended.signal()
                break
            }
        }
        stop()
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        throw Failure("\(name) does not start: \(text.suffix(500))")
    }

    /// Ends it, by force after ten seconds.
    func stop() {
        _ = kill(processID, stopSignal)
        if ended.wait(timeout: .now() + .seconds(10)) == .timedOut {
            _ = kill(processID, SIGKILL)
            ended.wait()
        }
        ended.signal()
    }

    /// What it and its children computed so far.
    var cpuSeconds: Double {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let ticks = names.compactMap(Int32.init).compactMap(Self.statistics).reduce(0) { sum, one in
            one.id == processID || one.parent == processID ? sum + one.ticks : sum
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The memory that it has resident now, its children left out.
    var residentBytes: Double {
        let text = (try? String(contentsOfFile: "/proc/\(processID)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// From /proc: fields 14 to 17 count the process and the children that it waited for.
    private static func statistics(of process: Int32) -> (id: Int32, parent: Int32, ticks: Int)? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 15, let parent = Int32(fields[1]) else { return nil }
        return (process, parent, fields[11...14].compactMap { Int($0) }.reduce(0, +))
    }

    private final class Problem: @unchecked Sendable {
        /// Written before the semaphore is signalled, read after.
        var text: String?
    }
}
