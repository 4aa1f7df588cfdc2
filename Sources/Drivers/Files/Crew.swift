/// Threads that do one piece of work together, and end with it.
package struct Crew: Sendable {
    package let count: Int

    package init(count: Int) { self.count = Swift.max(1, count) }

    /// Runs `work` once for each member, at the same time, and returns when all are done.
    package func run(_ work: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(work) { work in
            let others = (1..<count).map { member in Thread.start(name: "crew") { work(member) } }
            work(0)
            for other in others { other.join() }
        }
    }
}
