/// What is allowed to break a rule: one line each in Tests/exemptions.txt, `rule path: reason`.
struct Exemptions: Sendable {
    struct Entry: Sendable, Hashable {
        let rule: String
        let path: String
        let reason: String
        let line: Int
    }

    static let path = "Tests/exemptions.txt"

    private(set) var entries: [Entry] = []
    private(set) var findings: [Finding] = []

    init(_ file: TextFile?) {
        for (index, line) in (file?.lines ?? []).enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let halves = line.split(separator: ":", maxSplits: 1)
            let words = halves.first?.split(separator: " ") ?? []
            let reason = halves.count == 2 ? halves[1].drop { $0 == " " } : ""
            if words.count == 2, reason.split(separator: " ").count >= 3 {
                let entry = Entry(
                    rule: String(words[0]),
                    path: String(words[1]),
                    reason: String(reason),
                    line: index + 1
                )
                entries.append(entry)
            } else {
                let message = "expected `rule path: reason`, the reason a sentence"
                findings.append(Finding(path: Self.path, line: index + 1, message: message))
            }
        }
    }

    func cover(_ finding: Finding, of rule: Rule) -> Bool {
        entries.contains { $0.rule == rule.name && $0.path == finding.path }
    }

    /// Entries that excuse nothing.
    func stale(in repository: Repository, rules: [Rule]) -> [Entry] {
        entries.filter { entry in
            guard let rule = rules.first(where: { $0.name == entry.rule }) else { return true }
            return !rule.check(repository).contains { $0.path == entry.path }
        }
    }
}
