internal import Glibc

/// An open file descriptor: closed exactly once, never inherited by another program.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    /// Opens, creating files for their owner only.
    init(opening path: String, in folder: Int32, _ flags: Int32) throws(DiskError) {
        let number = untilUninterrupted { unsafe Int(openat(folder, path, flags | O_CLOEXEC, 0o600)) }
        guard number >= 0 else { throw DiskError(errno, "open", path) }
        self.number = Int32(number)
    }

    deinit { close(number) }

    /// Gives the number away: whoever takes it closes it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// fsync, which is what a folder takes.
    func synchronise(_ name: String) throws(DiskError) {
        guard untilUninterrupted({ Int(fsync(number)) }) == 0 else { throw DiskError(errno, "sync", name) }
    }
}

/// Calls again as long as a signal came between; -1 then means a real error.
@inline(__always)
func untilUninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

extension DiskError {
    /// Takes what the system said.
    init(_ code: Int32, _ operation: String, _ name: String) {
        self.init(Self.kind(of: code), operation: operation, name: name, code: code)
    }

    /// What an error number of the system means to a store.
    package static func kind(of code: Int32) -> Kind {
        switch code {
        case ENOSPC, EDQUOT: .full
        case EROFS: .readOnly
        case ENOENT: .notFound
        case EEXIST: .exists
        case EACCES, EPERM: .denied
        case EIO: .damaged
        default: .other
        }
    }
}
