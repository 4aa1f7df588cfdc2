extension Rule {
    static let reachablePages = Rule(
        "reachable-pages",
        because: "a page that no page leads to is not read, and soon not true",
        check: { repository in
            let pages = repository.pages
            guard !pages.isEmpty else { return [] }
            var reached: Set<String> = []
            var next = ["README.md"]
            while let path = next.popLast() {
                guard reached.insert(path).inserted, let page = pages[path] else { continue }
                for (path, _, _) in page.destinations() {
                    next.append(path)
                    next += pages.keys.filter { $0.hasPrefix(path + "/") && $0.hasSuffix("/README.md") }
                }
            }
            return pages.keys.sorted().filter { !reached.contains($0) }
                .map { Finding(path: $0, message: "cannot be reached from README.md") }
        },
        kept: [
            [
                "README.md": "[docs](Documentation/P.docc/Prima.md)",
                "Documentation/P.docc/Prima.md": "- <doc:A>\n- [r](../decisions/0001-a.md)",
                "Documentation/P.docc/A.md": "", "Documentation/decisions/0001-a.md": "",
            ]
        ],
        broken: [
            ["README.md": "`[a](A.md)`", "A.md": ""],
            ["README.md": "```\n[a](A.md)\n```", "A.md": ""],
            ["README.md": "", "A.md": "[b](B.md)", "B.md": "[a](A.md)"],
        ]
    )

    static let links = Rule(
        "links",
        because: "a link that leads nowhere costs the reader's trust in the others",
        check: { repository in
            let pages = repository.pages
            return pages.values.sorted { $0.path < $1.path }.flatMap { page in
                page.destinations().compactMap { path, anchor, line -> Finding? in
                    let exists = repository.files[path] != nil || !repository.paths(under: path).isEmpty
                    guard exists else { return Finding(path: page.path, line: line, message: "no file \(path)") }
                    guard let anchor, let target = pages[path], !target.anchors.contains(anchor) else { return nil }
                    return Finding(path: page.path, line: line, message: "\(path) has no heading #\(anchor)")
                }
            }
        },
        kept: [
            [
                "README.md": "[a](docs/A.md#what-it-is) [b](docs) [c](https://example.org/x) [d](#top)\n# Top",
                "docs/A.md": "## What it is\n[up](../README.md)",
            ]
        ],
        broken: [
            ["README.md": "[a](A.md)"], ["README.md": "[a](A.md#b)", "A.md": "# A"], ["docs/A.md": "<doc:B>"],
            ["README.md": "[a](#b)"],
        ]
    )

    static let changelog = Rule(
        "changelog",
        because: "whoever upgrades reads what is coming, under the same three headings",
        check: { repository in
            guard let file = repository.files["CHANGELOG.md"] else {
                return [Finding(path: "CHANGELOG.md", message: "is missing")]
            }
            let headings = Markdown(file).headings
            let section = headings.drop { $0.text != "Unreleased" || $0.level != 2 }
            guard !section.isEmpty else { return [Finding(path: file.path, message: "has no section Unreleased")] }
            let parts = section.dropFirst().prefix { $0.level > 2 }.map(\.text)
            let expected = ["Safety and performance", "Features", "Internals"]
            return parts == expected
                ? [] : [Finding(path: file.path, message: "Unreleased has \(parts), expected \(expected)")]
        },
        kept: [
            [
                "CHANGELOG.md":
                    "# Changelog\n## Unreleased\n### Safety and performance\n### Features\n### Internals\n## 1.0"
            ]
        ],
        broken: [["README.md": ""], ["CHANGELOG.md": "# Changelog\n## 1.0"], ["CHANGELOG.md": "## Unreleased\n"]]
    )

    static let decisions = Rule(
        "decisions",
        because: "a decision is understood by its reason, its price and what would show that it was wrong",
        check: { repository in
            let expected = ["Context", "Decision", "What we give up", "How we would notice that it was wrong"]
            var numbers: [Substring: String] = [:]
            return repository.paths(under: "Documentation/decisions").flatMap { path -> [Finding] in
                guard let file = repository.files[path], let name = path.split(separator: "/").last, name != "README.md"
                else { return [] }
                var findings: [Finding] = []
                func complain(_ message: String) { findings.append(Finding(path: path, message: message)) }
                let number = name.prefix(4)
                if !number.allSatisfy(\.isNumber) || name.dropFirst(4).first != "-" {
                    complain("is not named NNNN-title.md")
                }
                if let other = numbers.updateValue(path, forKey: number) { complain("has the number of \(other)") }
                let headings = Markdown(file).headings
                if headings.first?.level != 1 || headings.first?.text.hasPrefix(number) != true {
                    complain("does not begin with the title: # \(number) …")
                }
                let parts = headings.filter { $0.level == 2 }.map(\.text)
                if parts != expected { complain("has the parts \(parts), expected \(expected)") }
                return findings
            }
        },
        kept: [
            [
                "Documentation/decisions/0001-a.md":
                    "# 0001 A\n## Context\n## Decision\n## What we give up\n## How we would notice that it was wrong"
            ]
        ],
        broken: [
            ["Documentation/decisions/0001-a.md": "# 0001 A\n## Context\n## Decision\n"],
            ["Documentation/decisions/a.md": "# A\n## Context"],
            [
                "Documentation/decisions/0002-a.md":
                    "# 0001 A\n## Context\n## Decision\n## What we give up\n## How we would notice that it was wrong"
            ],
        ]
    )

    static let readmeLength = Rule(
        "readme-length",
        because: "the README is a way in, not the documentation",
        check: { repository in
            let count = repository.files["README.md"]?.lines.count ?? 0
            return count > 150 ? [Finding(path: "README.md", message: "\(count) lines; 150 are enough")] : []
        },
        kept: [["README.md": String(repeating: "a\n", count: 150)]],
        broken: [["README.md": String(repeating: "a\n", count: 151)]]
    )

    static let environment = Rule(
        "environment",
        because: ".env.example is where an operator looks for what can be set",
        check: { repository in
            let example = repository.files[".env.example"]?.text ?? ""
            return repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }.flatMap { file in
                file.tokens.filter { token in
                    token.kind == .string && token.text.hasPrefix("PRIMA_") && token.text.count > 6
                        && token.text.allSatisfy { $0.isUppercase || $0 == "_" } && !example.contains(token.text + "=")
                }
                .map { Finding(path: file.path, line: $0.line, message: "\($0.text) is not in .env.example") }
            }
        },
        kept: [["Sources/App/A.swift": "let a = \"PRIMA_DATA\"", ".env.example": "#PRIMA_DATA=./prima-data"]],
        broken: [
            ["Sources/App/A.swift": "let a = \"PRIMA_DATA\""],
            ["Sources/App/A.swift": "let a = \"PRIMA_LOG\"", ".env.example": "PRIMA_LOG_LEVEL=info"],
        ]
    )
}

extension Repository {
    /// The pages: Markdown at the root and in Documentation; a folder's own README counts where there is one.
    fileprivate var pages: [String: Markdown] {
        files.values.filter { $0.path.hasSuffix(".md") }.reduce(into: [:]) { $0[$1.path] = Markdown($1) }
    }
}
