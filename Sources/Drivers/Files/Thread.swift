internal import Basics
internal import Glibc

/// A thread of its own, for work that blocks or must not wait for others.
///
/// Detached when released without `join`.
package final class Thread: Sendable {
    private let identifier: Lock<pthread_t?>

    private init(_ identifier: pthread_t) { self.identifier = Lock(identifier) }

    deinit {
        if let identifier = identifier.withLock({ $0 }) { pthread_detach(identifier) }
    }

    /// Starts a thread that runs `body` and ends.
    ///
    /// The system shows the first 15 bytes of its name.
    @discardableResult
    package static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        let work = unsafe Unmanaged.passRetained(Work(name: name, body: body))
        var identifier = pthread_t()
        let code = unsafe pthread_create(
            &identifier,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            work.toOpaque()
        )
        precondition(code == 0, "the system has a thread for each of the few that a process starts")
        return Thread(identifier)
    }

    /// Waits until the thread has ended; returns at once when it was joined before.
    package func join() {
        let identifier = identifier.withLock { identifier in
            defer { identifier = nil }
            return identifier
        }
        if let identifier { pthread_join(identifier, nil) }
    }
}

/// What a thread runs.
private final class Work: Sendable {
    private let name: String
    private let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        // The portable call for this hides behind a macro; a thread without a name is no worse.
        if let file = try? Descriptor(opening: "/proc/thread-self/comm", in: AT_FDCWD, O_WRONLY) {
            let bytes = Array(name.utf8.prefix(15))
            _ = unsafe write(file.number, bytes, bytes.count)
        }
        body()
    }
}
