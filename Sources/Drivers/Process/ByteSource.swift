internal import Glibc

/// A file, a pipe or standard input, read from its beginning in chunks.
///
/// Closed when released.
package final class ByteSource: Sendable {
    private let descriptor: Int32
    private let ownership: Ownership
    package let name: String

    private enum Ownership { case ours, borrowed }

    /// What the process was given to read.
    package static var standardInput: ByteSource { ByteSource(0, .borrowed, name: "standard input") }

    /// Opens the file at `path`.
    package convenience init(path: String) throws(SystemFailure) {
        // The text lives through the call.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
        self.init(descriptor, .ours, name: path)
    }

    private init(_ descriptor: Int32, _ ownership: Ownership, name: String) {
        self.descriptor = descriptor
        self.ownership = ownership
        self.name = name
    }

    deinit {
        if ownership == .ours { _ = Glibc.close(descriptor) }
    }

    /// The next bytes, at most `limit`; nil at the end.
    package func next(limit: Int = 1 << 16) throws(SystemFailure) -> [UInt8]? {
        while true {
            var result = 0
            var reason: Int32 = 0
            // The system writes at most `limit` bytes into a buffer of that many, and says how many.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                result = unsafe Glibc.read(descriptor, buffer.baseAddress, limit)
                reason = errno
                count = max(result, 0)
            }
            if result > 0 { return bytes }
            if result == 0 { return nil }
            if reason != EINTR { throw SystemFailure("read \(name)", code: reason) }
        }
    }

    /// Everything up to the end; nil when that is more than `limit` bytes.
    package func all(limit: Int) throws(SystemFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        while let chunk = try next() {
            bytes += chunk
            if bytes.count > limit { return nil }
        }
        return bytes
    }
}
