internal import Glibc

/// What the system answered to a call that did not succeed.
package struct SystemFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number that the system gave.
    package let code: Int32
    /// What was attempted, and on what.
    package let operation: String

    init(_ operation: String, code: Int32 = errno) {
        self.code = code
        self.operation = operation
    }

    package var isBrokenPipe: Bool { code == EPIPE }
    package var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

    package var description: String {
        // strerror's text lives until the next call of it on this thread, and is copied at once.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
        return "\(operation): \(reason)"
    }
}
