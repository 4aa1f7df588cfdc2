internal import ProcessDriver

/// Where a command speaks: results on standard output, everything else on standard error.
package struct Console: Sendable {
    /// What messages begin with.
    let program: String

    package init(program: String) { self.program = program }

    /// Prints a result, and a line feed after it.
    package func result(_ text: String) throws(CommandFailure) { try result(Array((text + "\n").utf8)) }

    /// Prints a result as it is.
    package func result(_ bytes: [UInt8]) throws(CommandFailure) {
        do {
            try StandardStream.output.write(bytes)
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    /// Says something to whoever runs the command; the loss of that is no failure.
    package func say(_ text: String) { try? StandardStream.error.write(Array("\(program): \(text)\n".utf8)) }

    /// Says why a command stops, and what can be done.
    package func say(_ failure: CommandFailure) {
        say(failure.message)
        if let remedy = failure.remedy { say("  \(remedy)") }
    }
}
