internal import CReadNow
internal import Glibc

/// A file of a `PosixDisk`; the kernel orders what threads do at once, so that nothing here is locked.
final class PosixFile: DiskFile {
    private let descriptor: Descriptor
    private let name: String

    init(_ descriptor: consuming Descriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    func size() throws(DiskError) -> Int64 {
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else { throw DiskError(errno, "size", name) }
        return Int64(status.st_size)
    }

    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) throws(DiskError) -> Int {
        precondition(count >= 0 && offset >= 0, "a read has a place and a length")
        buffer.removeAll(keepingCapacity: true)
        var code: Int32 = 0
        let patience = Patience.current
        // The bytes go where the array will keep them: no zeros are written first.
        buffer.append(addingCapacity: count) { space in
            unsafe space.withUnsafeMutableBufferPointer { space, filled in
                let space = UnsafeMutableRawBufferPointer(space)
                while filled < count {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: space[filled..<count])
                    let more = untilUninterrupted { unsafe read(rest, at: off_t(offset) + filled, patience) }
                    guard more > 0 else {
                        code = more == 0 ? 0 : errno
                        break
                    }
                    filled += more
                }
            }
        }
        guard code == 0 else {
            buffer.removeAll(keepingCapacity: true)
            // EAGAIN: not in memory; EOPNOTSUPP: this file system cannot tell.
            let waits = patience == .leaves && (code == EAGAIN || code == EOPNOTSUPP)
            if waits { throw DiskError(.wouldWait, operation: "read", name: name, code: code) }
            throw DiskError(code, "read", name)
        }
        return buffer.count
    }

    private func read(_ space: UnsafeMutableRawBufferPointer, at offset: off_t, _ patience: Patience) -> Int {
        switch patience {
        case .waits: return unsafe pread(descriptor.number, space.baseAddress, space.count, offset)
        case .leaves:
            var room = unsafe iovec(iov_base: space.baseAddress, iov_len: space.count)
            return unsafe preadv2(descriptor.number, &room, 1, offset, Int32(prima_read_now))
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(DiskError) {
        precondition(offset >= 0, "a write has a place")
        let code = unsafe bytes.withUnsafeBytes { bytes in unsafe write(all: bytes, at: offset) }
        guard code == 0 else { throw DiskError(code, "write", name) }
    }

    func extend(from start: Int64, to end: Int64) throws(DiskError) {
        precondition(start >= 0 && start < end, "there is something to extend by")
        var code: Int32
        repeat { code = posix_fallocate(descriptor.number, off_t(start), off_t(end - start)) } while code == EINTR
        guard code == 0 else { throw DiskError(code, "extend", name) }
    }

    func truncate(to size: Int64) throws(DiskError) {
        guard untilUninterrupted({ Int(ftruncate(descriptor.number, off_t(size))) }) == 0
        else { throw DiskError(errno, "truncate", name) }
    }

    func sync() throws(DiskError) {
        // A signal leaves what was not yet written dirty, so that asking again is sound; any other error is final.
        guard untilUninterrupted({ Int(fdatasync(descriptor.number)) }) == 0
        else { throw DiskError(errno, "sync", name) }
    }

    /// Writes everything, in as many calls as the system wants; returns 0 or what went wrong.
    private func write(all bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
        var written = 0
        while written < bytes.count {
            let more = untilUninterrupted {
                unsafe pwrite(
                    descriptor.number,
                    bytes.baseAddress?.advanced(by: written),
                    bytes.count - written,
                    off_t(offset) + written
                )
            }
            // A write that takes nothing and says nothing would go round for ever.
            guard more > 0 else { return more == 0 ? EIO : errno }
            written += more
        }
        return 0
    }
}
