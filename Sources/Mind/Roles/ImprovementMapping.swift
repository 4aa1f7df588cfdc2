/// Where one faculty of the mind is at home, where else it has a part, and why.
package struct ImprovementMapping: Sendable, Hashable {
    /// 1 to 31.
    package let number: Int
    package let name: String
    package let primaryDatabase: DatabaseRole
    package let secondaryDatabases: [DatabaseRole]
    package let rationale: String
    /// The half of it that lives in another database than the first; three have one.
    package let secondHome: Facet?

    /// A part of a faculty with a home of its own.
    package struct Facet: Sendable, Hashable {
        package let role: DatabaseRole
        package let part: String

        package init(_ part: String, in role: DatabaseRole) {
            self.role = role
            self.part = part
        }
    }

    /// The number and the name, as in "#2 Integrated Information".
    package var improvement: String { "#\(number) \(name)" }

    package init(
        _ number: Int,
        _ name: String,
        in primaryDatabase: DatabaseRole,
        with secondaryDatabases: [DatabaseRole] = [],
        second secondHome: Facet? = nil,
        because rationale: String
    ) {
        self.number = number
        self.name = name
        self.primaryDatabase = primaryDatabase
        self.secondaryDatabases = secondaryDatabases
        self.secondHome = secondHome
        self.rationale = rationale
    }
}
