import Model
package import Ports

/// An engine of `Rows` under test: opens it, and opens it again on what it left.
package protocol RowsFixture: Sendable {
    /// What closing keeps.
    var endurance: RowsEndurance { get }

    /// Opens the engine on what the fixture holds: nothing at first.
    func open() async throws -> any Rows

    /// Every byte in the engine's files.
    func files() throws -> [[UInt8]]
}

package enum RowsEndurance: Sendable { case files, process }

/// The tables that the conformance suite works on.
package enum RowsSample {
    /// One integer key, and a column of every type.
    package static let things = Table(
        "things",
        key: [.integer("id")],
        columns: [
            .text("label"), .real("weight", .optional), .blob("load", .optional), .text("owner", .optional),
            .integer("rank", .optional),
        ],
        indexes: [.on("owner"), .on("rank", "label")]
    )

    /// A key of three columns, every type that a key may have.
    package static let links = Table(
        "links",
        key: [.text("from"), .blob("via"), .integer("order")],
        columns: [.text("ticket", .optional)],
        indexes: [.unique("ticket")]
    )

    /// A key and nothing else, under names that SQL reserves.
    package static let marks = Table("select", key: [.text("table")], columns: [])

    package static let view = ViewSchema("sample", version: 3, tables: [things, links])
    package static let other = ViewSchema("other", version: 1, tables: [marks])

    package static let migrations = [
        Migration(1, "sample", [.create(things), .create(links)]),
        Migration(2, "other", [.create(marks)]),
    ]

    package static func thing(
        _ id: Int64,
        _ label: String = "",
        weight: Double? = nil,
        load: [UInt8]? = nil,
        owner: String? = nil,
        rank: Int64? = nil
    ) -> Row {
        [
            .integer(id), .text(label), weight.map(RowValue.real) ?? .null, load.map(RowValue.blob) ?? .null,
            owner.map(RowValue.text) ?? .null, rank.map(RowValue.integer) ?? .null,
        ]
    }

    package static func link(_ from: String, _ via: [UInt8], _ order: Int64, ticket: String? = nil) -> Row {
        [.text(from), .blob(via), .integer(order), ticket.map(RowValue.text) ?? .null]
    }
}
