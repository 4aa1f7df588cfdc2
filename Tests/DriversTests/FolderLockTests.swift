import FilesDriver
import Glibc
import TestSupport
import Testing

/// One holder at a time, in this process and beyond it, and none after the holder's death.
///
/// One after the other: a program being started has every descriptor for a moment, until it is executed.
@Suite(.serialized) struct FolderLockTests {
    @Test func refusesASecondHolderInThisProcess() throws {
        let folder = try TemporaryFolder()
        let lock = try FolderLock(folder: folder.path)
        #expect(throws: FolderLockRefusal.held(processIdentifier: getpid())) { try FolderLock(folder: folder.path) }
        // Asking, and being refused, must not have freed it.
        #expect(throws: FolderLockRefusal.held(processIdentifier: getpid())) { try FolderLock(folder: folder.path) }
        withExtendedLifetime(lock) {}
    }

    @Test func isFreeWhenReleased() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<3 { withExtendedLifetime(try FolderLock(folder: folder.path)) {} }
        let other = try TemporaryFolder()
        let both = (try FolderLock(folder: folder.path), try FolderLock(folder: other.path))
        withExtendedLifetime(both) {}
    }

    /// flock(1) is another process, which has the lock until it is killed: nothing can be cleaned up then.
    @Test func isFreeWhenItsHolderIsKilled() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/" + FolderLock.fileName
        let child = try Child(["flock", "--exclusive", "--no-fork", file, "sh", "-c", "echo $$ > \(file); exec cat"])
        defer { child.kill() }
        while true {
            // The holder writes who it is after it has the lock: both states before that are seen and allowed.
            do throws(FolderLockRefusal) {
                withExtendedLifetime(try FolderLock(folder: folder.path)) {}
            } catch {
                if error == .held(processIdentifier: child.identifier) { break }
                guard case .held = error else { throw error }
            }
            sched_yield()
        }
        child.kill()
        withExtendedLifetime(try FolderLock(folder: folder.path)) {}
    }

    @Test func saysWhoHasIt() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/" + FolderLock.fileName
        // A longer number than ours, left by somebody who is gone.
        let disk = try PosixDisk(path: folder.path)
        try disk.open(FolderLock.fileName, .create).write(Array("2147483647\n".utf8)[...], at: 0)
        let lock = try FolderLock(folder: folder.path)
        var buffer: [UInt8] = []
        _ = try disk.open(FolderLock.fileName, .readOnly).read(into: &buffer, count: 100, at: 0)
        let line = buffer.prefix { $0 != UInt8(ascii: "\n") }
        #expect(String(decoding: line, as: UTF8.self) == String(getpid()))
        var status = stat()
        #expect(unsafe stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        withExtendedLifetime(lock) {}
    }

    @Test func isNotInheritedByOtherPrograms() throws {
        let folder = try TemporaryFolder()
        let child: Child
        do {
            let lock = try FolderLock(folder: folder.path)
            child = try Child(["cat"])
            withExtendedLifetime(lock) {}
        }
        defer { child.kill() }
        // The kernel lets us go on a moment before it has closed what the new program shall not have.
        let (clock, deadline) = (MonotonicClock(), MonotonicClock().nanoseconds() + 5_000_000_000)
        while (try? FolderLock(folder: folder.path)) == nil {
            try #require(clock.nanoseconds() < deadline, "the child, which still runs, holds the lock")
            sched_yield()
        }
    }

    @Test func saysWhyItCannotLock() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/none"
        let expected = DiskError(.notFound, operation: "open", name: missing + "/lock", code: ENOENT)
        #expect(throws: FolderLockRefusal.failed(expected)) { try FolderLock(folder: missing) }
    }
}

/// Another program, running until it is killed; its input never ends.
private final class Child: Sendable {
    let identifier: pid_t
    private let input: (Int32, Int32)

    struct NotStarted: Error { let code: Int32 }

    init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw NotStarted(code: errno) }
        input = (ends[0], ends[1])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var child = pid_t()
        let code = unsafe posix_spawnp(&child, arguments[0], &actions, nil, &words, environ)
        guard code == 0 else { throw NotStarted(code: code) }
        identifier = child
    }

    deinit {
        close(input.0)
        close(input.1)
    }

    /// Kills it, if it still runs, and waits until it is gone.
    func kill() {
        var status: Int32 = 0
        if unsafe waitpid(identifier, &status, WNOHANG) == 0 {
            Glibc.kill(identifier, SIGKILL)
            unsafe waitpid(identifier, &status, 0)
        }
    }
}
