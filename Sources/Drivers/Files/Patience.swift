/// Whether a read may wait for the disk.
///
/// A reader that leaves takes what the kernel has in memory, and is told `.wouldWait` for anything else: so what is
/// nearly always in memory is read where the question is asked, and only the rest moves to a thread that may block.
/// Two threads that hand a question over and back cost more than most answers.
package enum Patience: Sendable {
    case waits, leaves

    /// Of the task that reads.
    @TaskLocal package static var current = waits
}
