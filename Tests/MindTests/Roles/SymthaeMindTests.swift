import Roles
import Testing

@Suite struct SymthaeMindTests {
    let mind = SymthaeMind()

    @Test("qdrant_config") func qdrantConfig() {
        let config = QdrantConfig()
        #expect(config.url == "http://localhost:6333")
        #expect(config.collectionName == "symthaea_perception")
        #expect(config.vectorSize == 2048)
        #expect(config.distanceMetric.rawValue == "Cosine")
    }

    @Test("cozo_config") func cozoConfig() {
        let config = CozoConfig()
        #expect(config.path == "./data/cozo.db")
        #expect(config.engine.rawValue == "rocksdb")
    }

    @Test("lance_config") func lanceConfig() {
        let config = LanceConfig()
        #expect(config.path == "./data/lance_memory")
        #expect(config.maxVersions == nil)
    }

    @Test("duck_config") func duckConfig() {
        let config = DuckConfig()
        #expect(config.path == "./data/duck_analytics.db")
        #expect(config.access == .readWrite)
    }

    @Test("get_primary_database") func primaryDatabase() {
        #expect(mind.primaryDatabase(of: 1) == .sensoryCortex)
        #expect(mind.primaryDatabase(of: 2) == .sensoryCortex)
        #expect(mind.primaryDatabase(of: 22) == .prefrontalCortex)
        #expect(mind.primaryDatabase(of: 29) == .longTermMemory)
        #expect(mind.primaryDatabase(of: 30) == .epistemicAuditor)
        #expect(mind.primaryDatabase(of: 0) == nil)
        #expect(mind.primaryDatabase(of: 32) == nil)
    }

    @Test("get_improvements_for_database") func improvementsForDatabase() {
        let homes: [DatabaseRole: [Int]] = [
            .sensoryCortex: [1, 2, 3, 4, 5, 6, 7, 9, 15, 19, 20, 23, 25, 26],
            .prefrontalCortex: [8, 11, 13, 14, 18, 21, 22, 24],
            .longTermMemory: [16, 17, 27, 29, 31],
            .epistemicAuditor: [10, 12, 28, 30],
        ]
        for (role, numbers) in homes {
            let improvements = mind.improvements(for: role)
            #expect(improvements.map { $0.prefix { $0 != " " } } == numbers.map { "#\($0)"[...] })
        }
        #expect(mind.improvements(for: .epistemicAuditor).first == "#10 Epistemic States")
    }

    @Test("get_mapping") func mapping() throws {
        let mapping = try #require(mind.mapping(of: 2))
        #expect(mapping.improvement == "#2 Integrated Information")
        #expect(mapping.primaryDatabase == .sensoryCortex)
        #expect(mapping.secondaryDatabases == [.epistemicAuditor])
        #expect(!mapping.rationale.isEmpty)
        #expect(mind.mapping(of: 99) == nil)
    }

    @Test("database_distribution") func databaseDistribution() {
        let facets: [DatabaseRole: Int] = [
            .sensoryCortex: 15, .prefrontalCortex: 8, .longTermMemory: 5, .epistemicAuditor: 7,
        ]
        #expect(mind.distribution == facets)
        #expect(DatabaseRole.allCases.map { mind.forDatabase($0).count } == [14, 8, 5, 4])
    }

    @Test("for_database") func forDatabase() {
        for role in DatabaseRole.allCases {
            #expect(mind.forDatabase(role).allSatisfy { $0.primaryDatabase == role })
        }
        #expect(DatabaseRole.allCases.flatMap { mind.forDatabase($0) }.count == 31)
    }

    @Test("symthaea_mind_creation") func creation() {
        #expect(mind.configurations == RoleConfigurations())
        #expect(mind.mappings.map(\.number) == Array(1...31))
        var configurations = RoleConfigurations()
        configurations.longTermMemory.maxVersions = 12
        #expect(SymthaeMind(configurations: configurations).configurations.longTermMemory.maxVersions == 12)
    }

    @Test("database_role") func databaseRole() {
        let names = ["SensoryCortex", "PrefrontalCortex", "LongTermMemory", "EpistemicAuditor"]
        #expect(DatabaseRole.allCases.map(\.rawValue) == names)
        #expect(DatabaseRole.allCases.map(\.engine) == ["Qdrant", "CozoDB", "LanceDB", "DuckDB"])
    }

    @Test("all_improvements_mapped") func allImprovementsMapped() {
        #expect(mind.validateCoverage().isWhole)
        let faulty = SymthaeMind(
            mappings: mind.mappings.filter { $0.number != 7 && $0.number != 31 }
                + [
                    ImprovementMapping(4, "Again", in: .epistemicAuditor, because: "by mistake"),
                    ImprovementMapping(32, "Beyond", in: .longTermMemory, because: "by mistake"),
                ]
        )
        let coverage = faulty.validateCoverage()
        #expect(coverage.gaps == [7, 31])
        #expect(coverage.duplicates == [4])
        #expect(coverage.unknown == [32])
        #expect(faulty.generateReport().contains("nobody has #7, #31; mapped more than once: #4; there is no #32"))
    }

    @Test("generate_report") func report() {
        let report = mind.generateReport()
        for mapping in mind.mappings {
            #expect(report.contains("  \(mapping.improvement)\n      \(mapping.rationale)\n"))
        }
        #expect(report.contains("SensoryCortex (Qdrant): what is happening now"))
        #expect(report.contains("./data/lance_memory, all versions; 5 at home, 5 facets."))
        #expect(report.contains("Self-Analysis"))
        #expect(report.contains("Coverage: each of the 31 is mapped once."))
        #expect(report.split(separator: "\n").allSatisfy { $0.utf8.count <= 140 })
    }

    @Test func noFacultyIsItsOwnSecond() {
        for mapping in mind.mappings {
            #expect(!mapping.secondaryDatabases.contains(mapping.primaryDatabase))
            #expect(Set(mapping.secondaryDatabases).count == mapping.secondaryDatabases.count)
            if let second = mapping.secondHome { #expect(mapping.secondaryDatabases.contains(second.role)) }
        }
        #expect(Set(mind.mappings.map(\.rationale)).count == 31)
        #expect(Set(mind.mappings.map(\.name)).count == 31)
    }
}
