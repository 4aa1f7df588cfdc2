internal import Glibc

/// The right to write to a folder: one process at a time, and one holder in it.
///
/// An advisory lock (flock) on the file `lock`, which holds the process id as decimal text. The kernel frees it when
/// the process ends, however it ends; the file stays. Freed when released.
package final class FolderLock: Sendable {
    package static let fileName = "lock"

    private let file: Descriptor

    package init(folder path: String) throws(FolderLockRefusal) {
        let name = path + "/" + Self.fileName
        file = try Self.locked(name)
        let number = file.number
        // One short write replaces any longer number, so that no reader finds half of one.
        var text = Array("\(getpid())\n".utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: Self.textByteCount - text.count))
        guard unsafe pwrite(number, text, text.count, 0) == text.count else {
            throw .failed(DiskError(errno, "write", name))
        }
    }

    /// The file, locked; another one when its name was taken away before it was locked.
    private static func locked(_ name: String) throws(FolderLockRefusal) -> Descriptor {
        while true {
            let file: Descriptor
            do { file = try Descriptor(opening: name, in: AT_FDCWD, O_RDWR | O_CREAT) } catch { throw .failed(error) }
            let number = file.number
            guard untilUninterrupted({ Int(flock(number, LOCK_EX | LOCK_NB)) }) == 0 else {
                guard errno == EWOULDBLOCK else { throw .failed(DiskError(errno, "lock", name)) }
                throw .held(processIdentifier: holder(number))
            }
            var status = stat()
            guard unsafe fstat(number, &status) == 0 else { throw .failed(DiskError(errno, "look at", name)) }
            if status.st_nlink > 0 { return file }
        }
    }

    /// Takes the file's name away, for a folder that must be left as it was; the lock holds until it is released.
    ///
    /// Whoever waits at the nameless file finds out, and makes another one.
    package func removeFile(in disk: PosixDisk) throws(DiskError) { try disk.remove(Self.fileName) }

    /// A process id has at most ten digits.
    private static let textByteCount = 12

    private static func holder(_ number: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: textByteCount)
        let count = unsafe pread(number, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

/// Why a folder could not be locked.
package enum FolderLockRefusal: Error, Sendable, Hashable {
    /// Somebody has it: nil when the holder has not yet written who it is.
    case held(processIdentifier: Int32?)
    case failed(DiskError)
}
