internal import Basics
internal import Glibc
internal import Synchronization

/// What the loops of a server share.
final class ServerState: Sendable {
    let spare = SpareDescriptor()
    private let connections = Atomic(0)

    enum Admission { case admitted, refused }

    /// Counts a connection in, unless there are `limit` already.
    func admit(_ limit: Int) -> Admission {
        let count = connections.add(1, ordering: .relaxed).newValue
        guard count > limit else { return .admitted }
        leave()
        return .refused
    }

    func leave() { connections.subtract(1, ordering: .relaxed) }

    var count: Int { connections.load(ordering: .relaxed) }
}

/// A descriptor kept for the moment when the process has no other.
final class SpareDescriptor: Sendable {
    private let number = Lock(unsafe open("/dev/null", O_RDONLY | O_CLOEXEC))

    deinit { close(number.withLock { $0 }) }

    /// Runs `body` with one descriptor more than there was.
    func lend(_ body: () -> Void) {
        close(number.withLock { $0 })
        body()
        number.withLock { $0 = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }
}
