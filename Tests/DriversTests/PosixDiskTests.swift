import FilesDriver
import Glibc
import TestSupport
import Testing

/// The real disk, as far as one can ask it: what it reads, writes, refuses.
@Suite struct PosixDiskTests {
    @Test func readsWhatWasWritten() throws {
        let folder = try TemporaryFolder()
        let file = try PosixDisk(path: folder.path).open("a", .create)
        #expect(try file.size() == 0)
        try file.write([1, 2, 3, 4, 5][...], at: 0)
        try file.write([9, 8, 7, 6][1..<3], at: 4)
        try file.sync()
        #expect(try file.size() == 6)
        var buffer: [UInt8] = [42, 42]
        #expect(try file.read(into: &buffer, count: 6, at: 0) == 6)
        #expect(buffer == [1, 2, 3, 4, 8, 7])
        #expect(try file.read(into: &buffer, count: 100, at: 4) == 2)
        #expect(buffer == [8, 7])
        #expect(try file.read(into: &buffer, count: 1, at: 6) == 0 && buffer.isEmpty)
        #expect(try file.read(into: &buffer, count: 1, at: 1 << 40) == 0 && buffer.isEmpty)
        #expect(try file.read(into: &buffer, count: 0, at: 0) == 0 && buffer.isEmpty)
    }

    /// Who would not wait gets all that was asked for, or is told so and gets nothing.
    @Test func tellsTheImpatient() throws {
        let folder = try TemporaryFolder()
        let file = try PosixDisk(path: folder.path).open("a", .create)
        var random = SeededRandom(seed: 11)
        let content = random.bytes(1 << 20)
        try file.write(content[...], at: 0)
        try file.sync()
        try forget(folder.path + "/a")
        var buffer: [UInt8] = []
        Patience.$current.withValue(.leaves) {
            for offset in stride(from: 0, to: content.count, by: 100_000) {
                do throws(DiskError) {
                    let count = try file.read(into: &buffer, count: 50_000, at: Int64(offset))
                    #expect(Array(buffer) == Array(content[offset..<offset + count]))
                } catch {
                    #expect(error.kind == .wouldWait && buffer.isEmpty)
                }
            }
        }
        #expect(try file.read(into: &buffer, count: content.count, at: 0) == content.count)
        #expect(buffer == content)
    }

    /// Asks the kernel to drop a file's pages from memory; it may.
    private func forget(_ path: String) throws {
        let descriptor = unsafe Glibc.open(path, O_RDONLY)
        try #require(descriptor >= 0)
        #expect(posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0)
        #expect(Glibc.close(descriptor) == 0)
    }

    @Test func cutsAndExtends() throws {
        let folder = try TemporaryFolder()
        let file = try PosixDisk(path: folder.path).open("a", .create)
        try file.write([1, 2, 3][...], at: 0)
        try file.truncate(to: 2)
        try file.truncate(to: 4)
        try file.write([5][...], at: 6)
        var buffer: [UInt8] = []
        _ = try file.read(into: &buffer, count: 10, at: 0)
        #expect(buffer == [1, 2, 0, 0, 0, 0, 5])
    }

    /// The buffer is replaced, whatever it held and however large it was; its storage stays.
    @Test func reusesTheBuffer() throws {
        let folder = try TemporaryFolder()
        let file = try PosixDisk(path: folder.path).open("a", .create)
        var random = SeededRandom(seed: 10)
        let content = random.bytes(200_000)
        try file.write(content[...], at: 0)
        var buffer: [UInt8] = []
        buffer.reserveCapacity(content.count)
        let storage = unsafe buffer.withUnsafeBufferPointer { $0.baseAddress }
        for _ in 0..<100 {
            let start = random.below(content.count)
            let count = random.below(content.count)
            let end = min(start + count, content.count)
            #expect(try file.read(into: &buffer, count: count, at: Int64(start)) == end - start)
            #expect(buffer == Array(content[start..<end]))
        }
        #expect(unsafe buffer.withUnsafeBufferPointer { $0.baseAddress } == storage)
    }

    @Test func namesRenamesAndRemoves() throws {
        let folder = try TemporaryFolder()
        let disk = try PosixDisk(path: folder.path)
        #expect(try disk.names().isEmpty)
        for name in ["a", "b", "é", String(repeating: "n", count: 255)] { _ = try disk.open(name, .create) }
        #expect(Set(try disk.names()) == ["a", "b", "é", String(repeating: "n", count: 255)])
        let file = try disk.open("a", .existing)
        try file.write([1][...], at: 0)
        try disk.rename("a", to: "b")
        try disk.remove("é")
        try disk.syncFolder()
        #expect(Set(try disk.names()) == ["b", String(repeating: "n", count: 255)])
        var buffer: [UInt8] = []
        #expect(try disk.open("b", .readOnly).read(into: &buffer, count: 9, at: 0) == 1, "the new one replaced it")
        try disk.remove("b")
        #expect(try file.read(into: &buffer, count: 9, at: 0) == 1, "an open file stays readable")
        #expect(Set(try disk.names()) == [String(repeating: "n", count: 255)], "listed again from the beginning")
    }

    @Test func saysWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        let disk = try PosixDisk(path: folder.path)
        _ = try disk.open("a", .create)
        #expect(throws: DiskError(.exists, operation: "open", name: "a", code: EEXIST)) {
            try disk.open("a", .create)
        }
        #expect(throws: DiskError(.notFound, operation: "open", name: "b", code: ENOENT)) {
            try disk.open("b", .existing)
        }
        #expect(throws: DiskError(.notFound, operation: "rename", name: "b", code: ENOENT)) {
            try disk.rename("b", to: "c")
        }
        #expect(throws: DiskError(.notFound, operation: "remove", name: "b", code: ENOENT)) { try disk.remove("b") }
        let missing = folder.path + "/none"
        #expect(throws: DiskError(.notFound, operation: "open", name: missing, code: ENOENT)) {
            try PosixDisk(path: missing)
        }
        let long = String(repeating: "n", count: 256)
        #expect(throws: DiskError(.other, operation: "open", name: long, code: ENAMETOOLONG)) {
            try disk.open(long, .create)
        }
        let file = try disk.open("a", .readOnly)
        #expect(throws: DiskError(.other, operation: "write", name: "a", code: EBADF)) {
            try file.write([1][...], at: 0)
        }
    }

    /// A device that is always full: the nearest thing to a full disk that needs no rights.
    @Test func saysThatTheDiskIsFull() throws {
        let file = try PosixDisk(path: "/dev").open("full", .existing)
        #expect(throws: DiskError(.full, operation: "write", name: "full", code: ENOSPC)) {
            try file.write([1][...], at: 0)
        }
    }

    @Test func mapsWhatTheSystemSays() {
        let kinds: [(Int32, DiskError.Kind)] = [
            (ENOSPC, .full), (EDQUOT, .full), (EROFS, .readOnly), (ENOENT, .notFound), (EEXIST, .exists),
            (EACCES, .denied), (EPERM, .denied), (EIO, .damaged), (EMFILE, .other), (EFBIG, .other),
        ]
        for (code, kind) in kinds { #expect(DiskError.kind(of: code) == kind, "errno \(code)") }
    }

    @Test func keepsEverythingPrivate() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/one/two"
        let disk = try PosixDisk(path: path, .createIfMissing)
        _ = try disk.open("a", .create)
        #expect(mode(path + "/a") == 0o600)
        #expect(mode(path) == 0o700 && mode(folder.path + "/one") == 0o700)
        // Again, with what is there; and with needless slashes.
        _ = try PosixDisk(path: path, .createIfMissing).open("a", .existing)
        _ = try PosixDisk(path: path + "//three/", .createIfMissing)
        #expect(mode(path + "/three") == 0o700)
    }

    @Test func refusesAFileInPlaceOfAFolder() throws {
        let folder = try TemporaryFolder()
        _ = try PosixDisk(path: folder.path).open("a", .create)
        #expect(throws: DiskError.self) { try PosixDisk(path: folder.path + "/a") }
        #expect(throws: DiskError.self) { try PosixDisk(path: folder.path + "/a/b", .createIfMissing) }
    }

    /// A folder renamed while it is open stays the same folder.
    @Test func staysInItsFolder() throws {
        let folder = try TemporaryFolder()
        let disk = try PosixDisk(path: folder.path + "/one", .createIfMissing)
        #expect(unsafe Glibc.rename(folder.path + "/one", folder.path + "/two") == 0)
        _ = try disk.open("a", .create)
        #expect(mode(folder.path + "/two/a") == 0o600)
    }

    /// Many files opened and released: no descriptor stays open.
    @Test func closesWhatIsReleased() throws {
        let folder = try TemporaryFolder()
        let disk = try PosixDisk(path: folder.path)
        _ = try disk.open("a", .create)
        for _ in 0..<3_000 { _ = try disk.open("a", .existing) }
        for _ in 0..<3_000 { _ = try disk.names() }
    }

    @Test func readsWhileItWrites() async throws {
        let folder = try TemporaryFolder()
        let file = try PosixDisk(path: folder.path).open("a", .create)
        try file.write([UInt8](repeating: 1, count: 1000)[...], at: 0)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var buffer: [UInt8] = []
                    return (0..<300).allSatisfy { _ in
                        (try? file.read(into: &buffer, count: 1000, at: 0)) == 1000 && buffer.allSatisfy { $0 == 1 }
                    }
                }
            }
            group.addTask {
                (0..<300).allSatisfy { round in
                    (try? file.write([UInt8](repeating: 2, count: 100)[...], at: 1000 + 100 * Int64(round))) != nil
                }
            }
            for await whole in group { #expect(whole) }
        }
    }

    private func mode(_ path: String) -> UInt32? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return status.st_mode & 0o777
    }
}
