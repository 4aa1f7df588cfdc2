internal import Basics

/// What reading an input has come to: where it is, and everything that was wrong so far.
package struct Reading: Sendable {
    package private(set) var faults: [Fault] = []
    private var path: [Fault.Step] = []

    package init() {}

    package var isSound: Bool { faults.isEmpty }

    package mutating func fail(_ code: Fault.Code, _ message: String) {
        // Beyond the limit nobody is told, so nothing needs to be kept.
        guard faults.count < Limits.problems else { return }
        faults.append(Fault(code, at: path, message))
    }

    package mutating func fail(expected: String, found: Datum) {
        fail(.wrongType, "expected \(expected), received \(found.kind)")
    }

    /// Whatever `body` finds wrong is wrong below this step.
    package mutating func below<Result>(_ step: Fault.Step, _ body: (inout Reading) -> Result) -> Result {
        path.append(step)
        defer { path.removeLast() }
        return body(&self)
    }

    /// What `body` would find wrong here, without saying so.
    package func trial<Result>(_ body: (inout Reading) -> Result) -> (result: Result, faults: [Fault]) {
        var trial = self
        trial.faults = []
        let result = body(&trial)
        return (result, trial.faults)
    }
}
