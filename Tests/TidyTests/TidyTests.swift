import Testing

/// The repository keeps its own rules, and the rules are rules: each refuses what breaks it.
@Suite struct TidyTests {
    @Test(arguments: Rule.all) func theRepositoryKeeps(_ rule: Rule) {
        let exemptions = Exemptions(Repository.this.files[Exemptions.path])
        let findings = rule.check(.this).filter { !exemptions.cover($0, of: rule) }
        let list = findings.map { "  \($0)" }.sorted().joined(separator: "\n")
        let isKept = findings.isEmpty
        #expect(isKept, "\(rule.name), because \(rule.reason):\n\(list)")
    }

    @Test(arguments: Rule.all) func refusesWhatBreaks(_ rule: Rule) {
        #expect(!rule.broken.isEmpty)
        for (index, example) in rule.broken.enumerated() {
            #expect(!rule.check(example).isEmpty, "\(rule.name) accepts its broken example \(index)")
        }
    }

    @Test(arguments: Rule.all) func acceptsWhatKeeps(_ rule: Rule) {
        #expect(!rule.kept.isEmpty)
        for (index, example) in rule.kept.enumerated() {
            let findings = rule.check(example)
            #expect(findings.isEmpty, "\(rule.name) refuses its kept example \(index): \(findings)")
        }
    }

    @Test func rulesHaveNamesOfTheirOwn() {
        #expect(Set(Rule.all.map(\.name)).count == Rule.all.count)
    }

    /// An empty listing would keep every rule.
    @Test func findsTheRepository() {
        #expect(Repository.this.files["Package.swift"] != nil)
        #expect(Repository.this.files[".ci/run"]?.isExecutable == true)
        #expect(Repository.this.swiftFiles.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
        #expect(Repository.this.manifest.owner(of: "Sources/Core/Basics/Lock.swift")?.name == "Basics")
        #expect(Repository.this.manifest.targets.contains { $0.name == "Stores" && $0.dependencies.contains("Ports") })
        #expect(!Repository.this.files.keys.contains { $0.contains(".build/") || $0.hasPrefix(".git/") })
    }
}

/// Exceptions are few, reasoned, and go when they are no longer needed.
@Suite struct ExemptionTests {
    @Test func allAreWellFormed() {
        let findings = Exemptions(Repository.this.files[Exemptions.path]).findings
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test func noneIsStale() {
        let exemptions = Exemptions(Repository.this.files[Exemptions.path])
        let stale = exemptions.stale(in: .this, rules: Rule.all)
        #expect(stale.isEmpty, "these excuse nothing any more; delete them: \(stale.map { "\($0.rule) \($0.path)" })")
    }

    private func exemptions(_ text: String) -> Exemptions { Exemptions(TextFile(path: Exemptions.path, text: text)) }

    @Test func anExemptionNeedsAReason() {
        #expect(exemptions("# a comment\n\nunwraps A.swift: generated from the table").findings.isEmpty)
        #expect(exemptions("unwraps A.swift").findings.count == 1)
        #expect(exemptions("unwraps A.swift: because").findings.count == 1)
        #expect(exemptions("unwraps: generated from the table").findings.count == 1)
    }

    @Test func anExemptionCoversOneRuleInOneFile() {
        let exemptions = exemptions("unwraps A.swift: generated from the table")
        #expect(exemptions.cover(Finding(path: "A.swift", message: ""), of: .unwraps))
        #expect(!exemptions.cover(Finding(path: "B.swift", message: ""), of: .unwraps))
        #expect(!exemptions.cover(Finding(path: "A.swift", message: ""), of: .fileLength))
    }

    @Test func aStaleExemptionIsFound() {
        let exemptions = exemptions("unwraps A.swift: generated from the table\nnonsense A.swift: a rule of old")
        #expect(
            exemptions.stale(in: Repository(["A.swift": "let a = b!"]), rules: Rule.all).map(\.rule) == ["nonsense"]
        )
        #expect(exemptions.stale(in: Repository(["A.swift": "let a = b"]), rules: Rule.all).count == 2)
    }
}
