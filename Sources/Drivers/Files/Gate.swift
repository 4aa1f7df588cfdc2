/// Where one thread waits until another signals.
///
/// Signals do not add up: any number of them before a wait let one wait pass. So the signaller says «there is
/// something», and the waiter looks for all there is.
package final class Gate: Sendable {
    private let signalled = Monitor(false)

    package init() {}

    package func signal() { signalled.change(waking: .one) { $0 = true } }

    /// Blocks the thread until `signal` was called since the last wait.
    package func wait() {
        signalled.wait { signalled -> Void? in
            guard signalled else { return nil }
            signalled = false
            return ()
        }
    }
}
