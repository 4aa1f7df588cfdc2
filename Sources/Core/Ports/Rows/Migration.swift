/// A numbered step that brings the tables of a database forward: never back, and never changed once released.
///
/// Steps are data, so that each engine says them in its own SQL. The checksum of that text locks it.
package struct Migration: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case create(Table)
        case drop(table: String)
    }

    /// Counts from 1, without gaps.
    package let version: Int
    package let name: String
    package let steps: [Step]

    package init(_ version: Int, _ name: String, _ steps: [Step]) {
        precondition(version > 0, "versions count from 1")
        precondition(isSQLName(name), "a migration is named in lower-case letters, digits and _")
        self.version = version
        self.name = name
        self.steps = steps
    }

    /// The tables that stand after all of `migrations`, by name.
    package static func tables(after migrations: [Migration]) -> [String: Table] {
        var tables: [String: Table] = [:]
        for step in migrations.flatMap(\.steps) {
            switch step {
            case .create(let table): tables[table.name] = table
            case .drop(let name): tables[name] = nil
            }
        }
        return tables
    }
}
