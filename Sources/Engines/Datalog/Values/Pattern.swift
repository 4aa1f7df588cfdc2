/// A regular expression: its source, and the machine that runs it.
package struct Pattern: Sendable {
    package let source: String
    let machine: PatternMachine
}
