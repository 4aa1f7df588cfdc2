package import Model

/// How often what an agent wrote helped others, by their own word: (1 + c) / (2 + c + r), 0.5 without any.
package struct LoveResonance: Sendable, Hashable {
    package private(set) var confirmations: Int64
    package private(set) var refutations: Int64

    package enum Verdict: Sendable, Hashable {
        case helped, didNotHelp

        package init(helped: Bool) { self = helped ? .helped : .didNotHelp }
    }

    /// Counts from a row; negative ones count as none.
    package init(confirmations: Int64 = 0, refutations: Int64 = 0) {
        self.confirmations = max(0, confirmations)
        self.refutations = max(0, refutations)
    }

    /// Above 0, below 1.
    package var value: Double {
        (1 + Double(confirmations)) / (2 + Double(confirmations) + Double(refutations))
    }

    /// Takes a verdict in; a confirmer has one word about a write, and may change it.
    package mutating func take(_ verdict: Verdict, replacing former: Verdict?) {
        if let former { count(former, -1) }
        count(verdict, 1)
    }

    private mutating func count(_ verdict: Verdict, _ change: Int64) {
        switch verdict {
        case .helped: confirmations = max(0, confirmations + change)
        case .didNotHelp: refutations = max(0, refutations + change)
        }
    }

    /// Whether a word about a write counts: it is another's, and the write stood in the ledger before.
    package static func counts(
        by confirmer: AgentID,
        at position: Position,
        about write: Position,
        of author: AgentID
    )
        -> Bool
    {
        confirmer != author && write < position
    }
}
