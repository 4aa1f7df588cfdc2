internal import Glibc

/// Why a server could not begin to listen.
package struct NetFailure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// Another process listens there.
        case addressInUse
        /// No address of this machine, or none at all.
        case addressUnknown
        /// The port is for others.
        case denied
        case other
    }

    package let kind: Kind
    package let operation: String
    /// Where it was to listen.
    package let place: String
    package let code: Int32

    init(_ code: Int32, _ operation: String, _ place: String) {
        kind =
            switch code {
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL, ENOENT: .addressUnknown
            case EACCES, EPERM: .denied
            default: .other
            }
        self.operation = operation
        self.place = place
        self.code = code
    }

    package var description: String { "cannot \(operation) \(place): \(unsafe String(cString: strerror(code)))" }
}
