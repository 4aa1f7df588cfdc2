/// A regular expression: its source, and the machine that runs it.
package struct Pattern: Sendable {
    package let source: String
    let machine: PatternMachine

    init(source: String, machine: PatternMachine) {
        self.source = source
        self.machine = machine
    }
}
