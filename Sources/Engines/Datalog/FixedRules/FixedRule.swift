/// An algorithm that a rule may call: rows in, rows out.
struct FixedRule: Sendable {
    let name: String
    let arity: Arity
    let run: @Sendable (FixedRuleCall) throws(ScriptError) -> Void

    enum Arity: Sendable {
        case fixed(Int)
        /// As many as the head has.
        case head
    }

    func arity(head: Int) throws(ScriptError) -> Int {
        switch arity {
        case .fixed(let count): count
        case .head: head
        }
    }

    static let all: [String: FixedRule] = [:]

    static func named(_ name: Name) throws(ScriptError) -> FixedRule {
        guard let rule = all[name.text] else {
            throw ScriptError(
                .fixedRuleUnknown, "Fixed rule \(name) not found", at: name.span,
                remedy: NearestName.nearest(to: name.text, among: all.keys.sorted()).map { "did you mean `\($0)`?" }
            )
        }
        return rule
    }
}

/// The inputs of one call, and where its rows go.
final class FixedRuleCall {
}

extension Execution {
    func evaluate(_ call: FixedCall, arity: Int) throws(ScriptError) -> Table {
        Table(arity: arity, windows: Array(repeating: nil, count: arity))
    }
}
