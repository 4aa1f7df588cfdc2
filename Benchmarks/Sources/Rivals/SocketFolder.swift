import Foundation
import Glibc

/// A folder whose path is short enough for the name of a socket, open to the users that servers run as.
///
/// Removed when released.
final class SocketFolder: Sendable {
    let path: String

    init() throws(Failure) {
        path = "/tmp/prima-bench-\(getpid())-\(UInt32.random(in: 0...(.max)))"
        guard unsafe mkdir(path, 0o700) == 0, unsafe chmod(path, 0o777) == 0 else { throw Failure("no folder \(path)") }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
