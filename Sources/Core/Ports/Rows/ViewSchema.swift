package import Model

/// The name of a view: a lower-case letter, then lower-case letters, digits and `_`; at most 40.
package struct ViewName: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let text: String

    /// Nil when `text` is no name of a view.
    package init?(_ text: String) {
        guard isSQLName(text) else { return nil }
        self.text = text
    }

    package init(stringLiteral text: String) {
        precondition(isSQLName(text), "a view is named in lower-case letters, digits and _")
        self.text = text
    }

    package static func < (one: Self, other: Self) -> Bool { one.text < other.text }
    package var description: String { text }
}

/// What a view keeps: its name, the version of its fold and its tables.
///
/// The version grows whenever the fold or the tables change their meaning: the rows of an older one are dropped and
/// made again from the ledger.
package struct ViewSchema: Sendable, Hashable {
    package let name: ViewName
    package let version: Int
    package let tables: [Table]

    package init(_ name: ViewName, version: Int, tables: [Table]) {
        precondition(version > 0, "versions count from 1")
        precondition(Set(tables.map(\.name)).count == tables.count, "a view names each of its tables once")
        self.name = name
        self.version = version
        self.tables = tables.sorted { $0.name < $1.name }
    }
}

/// How far a view is.
package struct ViewPosition: Sendable, Hashable {
    package let view: ViewName
    /// The last position applied, nil for none.
    package let position: Position?
    package let version: Int

    package init(_ view: ViewName, at position: Position?, version: Int) {
        self.view = view
        self.position = position
        self.version = version
    }
}

/// Whether a name needs no quotes in any SQL, and leaves room for what engines add to it.
func isSQLName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 40, (0x61...0x7A).contains(first) else { return false }
    return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
}
