/// The map of the mind: which faculty is at home in which database, and whether the map is whole.
///
/// Made with any list of mappings, so that a faulty one is found; `SymthaeMind()` has the true one.
package struct SymthaeMind: Sendable {
    /// How many faculties there are: they count from 1.
    package static let improvementCount = 31

    package let configurations: RoleConfigurations
    /// In the order in which they were given.
    package let mappings: [ImprovementMapping]

    package init(
        configurations: RoleConfigurations = RoleConfigurations(),
        mappings: [ImprovementMapping] = ImprovementMapping.all
    ) {
        self.configurations = configurations
        self.mappings = mappings
    }

    // MARK: Asking

    /// The home of a faculty; nil when there is none of that number.
    package func primaryDatabase(of number: Int) -> DatabaseRole? { mapping(of: number)?.primaryDatabase }

    /// The mapping of a faculty; nil when there is none of that number.
    package func mapping(of number: Int) -> ImprovementMapping? { mappings.first { $0.number == number } }

    /// What is at home in a database, by number and name.
    package func improvements(for role: DatabaseRole) -> [String] { forDatabase(role).map(\.improvement) }

    /// The mappings whose home is a database.
    package func forDatabase(_ role: DatabaseRole) -> [ImprovementMapping] {
        mappings.filter { $0.primaryDatabase == role }
    }

    /// How many facets each database has: what is at home in it, second homes, and the look at itself.
    package var distribution: [DatabaseRole: Int] {
        var counts: [DatabaseRole: Int] = [:]
        for mapping in mappings {
            counts[mapping.primaryDatabase, default: 0] += 1
            if let second = mapping.secondHome { counts[second.role, default: 0] += 1 }
        }
        counts[ImprovementMapping.selfAnalysis.role, default: 0] += 1
        return counts
    }

    // MARK: Checking

    /// What is wrong with a map.
    package struct Coverage: Sendable, Hashable {
        /// Numbers that nobody has.
        package var gaps: [Int] = []
        /// Numbers that several mappings have.
        package var duplicates: [Int] = []
        /// Numbers that are no faculty's.
        package var unknown: [Int] = []

        package var isWhole: Bool { gaps.isEmpty && duplicates.isEmpty && unknown.isEmpty }
    }

    /// Whether each of the 31 is mapped exactly once.
    package func validateCoverage() -> Coverage {
        var counts: [Int: Int] = [:]
        for mapping in mappings { counts[mapping.number, default: 0] += 1 }
        let known = 1...Self.improvementCount
        return Coverage(
            gaps: known.filter { counts[$0] == nil },
            duplicates: counts.filter { $0.value > 1 }.keys.sorted(),
            unknown: counts.keys.filter { !known.contains($0) }.sorted()
        )
    }
}
