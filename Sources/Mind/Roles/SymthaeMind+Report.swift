extension SymthaeMind {
    /// The map, written out for a person to read: each database, what is at home there, and why.
    package func generateReport() -> String {
        var lines = ["The map of the mind", ""]
        lines.append("\(mappings.count) faculties in four databases; each has one home, and a reason for it.")
        for role in DatabaseRole.allCases { lines += [""] + section(of: role) }
        lines += ["", coverageLine]
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(of role: DatabaseRole) -> [String] {
        let homes = forDatabase(role)
        let facets = distribution[role] ?? 0
        let title = "\(role.rawValue) (\(role.engine)): \(role.question)"
        var lines = [title, String(repeating: "-", count: title.count)]
        lines.append("\(setUp(of: role)); \(homes.count) at home, \(facets) facets.")
        for mapping in homes {
            lines.append("  \(mapping.improvement)")
            lines.append("      \(mapping.rationale)")
            if !mapping.secondaryDatabases.isEmpty {
                lines.append("      also in " + mapping.secondaryDatabases.map(\.rawValue).joined(separator: ", "))
            }
        }
        for mapping in mappings {
            guard let second = mapping.secondHome, second.role == role else { continue }
            lines.append("  \(mapping.improvement): \(second.part)")
            lines.append("      the other half of what is at home in \(mapping.primaryDatabase.rawValue)")
        }
        if ImprovementMapping.selfAnalysis.role == role {
            lines.append("  \(ImprovementMapping.selfAnalysis.part)")
            lines.append("      the results of all faculties side by side")
        }
        return lines
    }

    private func setUp(of role: DatabaseRole) -> String {
        switch role {
        case .sensoryCortex:
            let sensory = configurations.sensoryCortex
            return "\(sensory.url), collection \(sensory.collectionName), \(sensory.vectorSize) bits, "
                + sensory.distanceMetric.rawValue
        case .prefrontalCortex:
            return "\(configurations.prefrontalCortex.path) on \(configurations.prefrontalCortex.engine.rawValue)"
        case .longTermMemory:
            let versions = configurations.longTermMemory.maxVersions.map { "\($0) versions" } ?? "all versions"
            return "\(configurations.longTermMemory.path), \(versions)"
        case .epistemicAuditor:
            let access = configurations.epistemicAuditor.access == .readOnly ? "read only" : "read and write"
            return "\(configurations.epistemicAuditor.path), \(access)"
        }
    }

    private var coverageLine: String {
        let coverage = validateCoverage()
        guard !coverage.isWhole else { return "Coverage: each of the \(Self.improvementCount) is mapped once." }
        func said(_ numbers: [Int], _ what: String) -> String? {
            numbers.isEmpty ? nil : "\(what) " + numbers.map { "#\($0)" }.joined(separator: ", ")
        }
        let faults = [
            said(coverage.gaps, "nobody has"), said(coverage.duplicates, "mapped more than once:"),
            said(coverage.unknown, "there is no"),
        ]
        return "Coverage is broken: " + faults.compactMap(\.self).joined(separator: "; ") + "."
    }
}
