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

    /// Counts a connection out whose descriptor is closed.
    func leave() {
        connections.subtract(1, ordering: .relaxed)
        spare.restore()
    }

    var count: Int { connections.load(ordering: .relaxed) }
}

/// A descriptor kept for the moment when the process has no other.
final class SpareDescriptor: Sendable {
    private let number = Lock(SpareDescriptor.open())
    private let isLost = Atomic(false)

    deinit { close(number.withLock { $0 }) }

    /// Runs `body`, which must be short, with one descriptor more than there was.
    ///
    /// One borrower at a time: the number must not be closed twice, since it may be a connection's by then. Somebody
    /// else in the process may be quicker to take what is freed here; then it comes back by `restore`.
    func lend(_ body: () -> Void) {
        number.withLock { number in
            if number >= 0 { close(number) }
            body()
            number = Self.open()
            isLost.store(number < 0, ordering: .relaxed)
        }
    }

    /// Takes a descriptor again, after one was freed.
    func restore() {
        guard isLost.load(ordering: .relaxed) else { return }
        number.withLock { number in
            if number < 0 { number = Self.open() }
            isLost.store(number < 0, ordering: .relaxed)
        }
    }

    private static func open() -> Int32 { unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
