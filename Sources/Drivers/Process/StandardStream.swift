internal import Glibc

/// A stream that the process was given to write to: results, or messages.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all the bytes, without a buffer of its own.
    package func write(_ bytes: [UInt8]) throws(SystemFailure) {
        var written = 0
        while written < bytes.count {
            // The pointer is used only within the call, and only for the bytes that are there.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(rawValue, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemFailure(self == .output ? "write to standard output" : "write to standard error")
            }
            written += count
        }
    }
}
