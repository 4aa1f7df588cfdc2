internal import Capability
internal import Roles

/// The map of the mind: `mind.*`.
extension Repertoire {
    var mind: [Capability] { [mapping, report] }

    private struct Which: Sendable {
        let improvement: Int64?

        static let shape = Shape.object(
            Which.init,
            Field.optional("improvement", \.improvement, .integer(in: 1...31), "Its number; all without one.")
        )
    }

    private struct Mappings: Sendable {
        let mappings: [Mapping]
        let position: Int64

        static let shape = Shape.object(
            Mappings.init,
            Field("mappings", \.mappings, .list(of: Mapping.shape)),
            Field("position", \.position, .integer, "What it shows: nothing of the ledger, hence -1.")
        )
    }

    private struct Mapping: Sendable {
        let improvement: String
        let primary: DatabaseRole
        let secondary: [DatabaseRole]
        let rationale: String

        static let shape = Shape.object(
            Mapping.init,
            Field("improvement", \.improvement, .text, "Its number and its name."),
            Field("primary_database", \.primary, .choice),
            Field("secondary_databases", \.secondary, .list(of: .choice)),
            Field("rationale", \.rationale, .text)
        )
    }

    private var mapping: Capability {
        .query(
            "mind.mapping",
            "Where each faculty of the mind is at home, and why.",
            access: .scope(.read),
            input: Which.shape,
            output: Mappings.shape,
            example: Which(improvement: 2)
        ) { [services] which, _ in
            let wanted = services.mind.mappings.filter {
                which.improvement == nil || Int64($0.number) == which.improvement
            }
            return Mappings(
                mappings: wanted.map {
                    Mapping(
                        improvement: $0.improvement,
                        primary: $0.primaryDatabase,
                        secondary: $0.secondaryDatabases,
                        rationale: $0.rationale
                    )
                },
                position: -1
            )
        }
    }

    private struct Report: Sendable {
        let report: String
        let position: Int64

        static let shape = Shape.object(
            Report.init,
            Field("report", \.report, .text, "Text for a person."),
            Field("position", \.position, .integer, "What it shows: nothing of the ledger, hence -1.")
        )
    }

    private var report: Capability {
        .query(
            "mind.report",
            "The map of the mind, to be read.",
            access: .scope(.read),
            input: .nothing,
            output: Report.shape,
            example: Nothing()
        ) { [services] _, _ in Report(report: services.mind.generateReport(), position: -1) }
    }
}
