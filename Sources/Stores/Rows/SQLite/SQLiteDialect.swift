internal import Ports

/// How SQLite says what the port declares as data.
///
/// The text of a migration is locked by its checksum: what this file makes of a released one never changes.
enum SQLiteDialect {
    /// Where a generation of a table is.
    static func name(of table: String, _ generation: Generation) -> String {
        switch generation {
        case .live: table
        case .shadow: "prima_shadow_\(table)"
        case .base: "prima_base_\(table)"
        }
    }

    static func create(_ table: Table, _ generation: Generation) -> [String] {
        [createTable(table, generation)] + table.indexes.map { createIndex($0, of: table, generation) }
    }

    private static func createTable(_ table: Table, _ generation: Generation) -> String {
        // One integer is SQLite's own key of a row; other keys order the tree themselves, without a second one.
        let isRowID = table.keyWidth == 1 && typeName(table.columns[0]) == "INTEGER"
        var lines = table.columns.enumerated().map { index, column in
            let name = "\(quoted(column.name)) \(typeName(column))"
            if isRowID, index == 0 { return "\(name) PRIMARY KEY" }
            let required = column.presence == .required ? " NOT NULL" : ""
            return name + required + (column.standard.map { " DEFAULT \(text(of: $0))" } ?? "")
        }
        if !isRowID { lines.append("PRIMARY KEY (\(list(table.columns.prefix(table.keyWidth).map(\.name))))") }
        lines += table.checks.map { "CHECK (\(text(of: $0)))" }
        let body = lines.joined(separator: ",\n    ")
        let name = quoted(name(of: table.name, generation))
        // A strict table knows its own names of types only.
        let isStrict = table.columns.allSatisfy { typeName($0) == typeName($0.type) }
        let options = [isStrict ? "STRICT" : nil, isRowID ? nil : "WITHOUT ROWID"].compactMap { $0 }
        let end = options.isEmpty ? "" : " \(options.joined(separator: ", "))"
        return "CREATE TABLE \(name) (\n    \(body)\n)\(end)"
    }

    static func createIndex(_ index: Table.Index, of table: Table, _ generation: Generation) -> String {
        let unique = index.uniqueness == .unique ? "UNIQUE " : ""
        let name = quoted(indexName(index, of: table, generation))
        let columns = index.columns.map { quoted($0) + (index.descending.contains($0) ? " DESC" : "") }
        let condition = index.condition.map { " WHERE \(text(of: $0))" } ?? ""
        return "CREATE \(unique)INDEX \(name) ON \(quoted(Self.name(of: table.name, generation)))"
            + " (\(columns.joined(separator: ", ")))\(condition)"
    }

    static func indexName(_ index: Table.Index, of table: Table, _ generation: Generation) -> String {
        "\(name(of: table.name, generation))_by_\(index.name)"
    }

    /// What a column is called: SQLite has no times and no documents, and keeps other names as they are.
    static func typeName(_ column: Table.Column) -> String {
        switch column.spelling {
        case .plain, .serial, .timestamp, .json: typeName(column.type)
        case .bigInteger: "BIGINT"
        case .boolean: "BOOLEAN"
        case .varchar(let width): "VARCHAR(\(width))"
        }
    }

    private static func typeName(_ type: Table.Column.ColumnType) -> String {
        switch type {
        case .integer: "INTEGER"
        case .real: "REAL"
        case .text: "TEXT"
        case .blob: "BLOB"
        }
    }

    private static func text(of standard: Table.Column.Standard) -> String {
        switch standard {
        case .integer(let integer): "\(integer)"
        case .real(let real): "\(real)"
        case .text(let text): "'\(text)'"
        case .no: "false"
        case .now: "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
        }
    }

    private static func text(of condition: Table.Index.Condition) -> String {
        switch condition {
        case .above(let column, let number): "\(quoted(column)) > \(number)"
        case .isFalse(let column): "NOT \(quoted(column))"
        case .equals(let column, let text): "\(quoted(column)) = '\(text)'"
        case .notEmpty(let column): "\(quoted(column)) <> '[]'"
        }
    }

    private static func text(of check: Table.Check) -> String {
        let column = quoted(check.column)
        let least = "\(column) >= \(check.least.formatted)"
        return check.most.map { "\(least) AND \(column) <= \($0.formatted)" } ?? least
    }

    static func quoted(_ name: String) -> String { "\"\(name)\"" }
    static func list(_ names: [String]) -> String { names.map(quoted).joined(separator: ", ") }

    /// The statements of a migration.
    static func statements(of migration: Migration) -> [String] {
        migration.steps.flatMap { step in
            switch step {
            case .create(let table): create(table, .live)
            case .drop(let name): ["DROP TABLE \(quoted(name))"]
            }
        }
    }
}

/// The texts of the statements that keep one generation of one table.
struct SQLiteTableText {
    let get: String
    let put: String
    let delete: String
    private let name: String
    private let columns: String

    init(_ table: Table, _ generation: Generation) {
        name = SQLiteDialect.quoted(SQLiteDialect.name(of: table.name, generation))
        columns = SQLiteDialect.list(table.columns.map(\.name))
        let keys = table.columns.prefix(table.keyWidth).map { SQLiteDialect.quoted($0.name) }
        let others = table.columns.dropFirst(table.keyWidth).map { SQLiteDialect.quoted($0.name) }
        let isKey = keys.map { "\($0) = ?" }.joined(separator: " AND ")
        get = "SELECT \(columns) FROM \(name) WHERE \(isKey)"
        delete = "DELETE FROM \(name) WHERE \(isKey)"
        let places = table.columns.map { _ in "?" }.joined(separator: ", ")
        let changes = others.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let resolution = others.isEmpty ? "NOTHING" : "UPDATE SET \(changes)"
        put = """
            INSERT INTO \(name) (\(columns)) VALUES (\(places)) \
            ON CONFLICT (\(keys.joined(separator: ", "))) DO \(resolution)
            """
    }

    func scan(_ scan: Scan) -> String {
        let direction = scan.order == .ascending ? "ASC" : "DESC"
        let order = scan.columns.map { "\(column($0, of: scan)) \(direction)" }.joined(separator: ", ")
        let limit = scan.limit == nil ? "" : " LIMIT ?"
        return "SELECT \(columns) FROM \(name)\(condition(scan)) ORDER BY \(order)\(limit)"
    }

    func deleteAll(_ scan: Scan) -> String { "DELETE FROM \(name)\(condition(scan))" }

    private func condition(_ scan: Scan) -> String {
        // Only `IS` finds a null; both use the index.
        var terms = zip(scan.columns, scan.prefix).map { "\(column($0, of: scan)) \($1.isNull ? "IS" : "=") ?" }
        switch scan.from {
        case nil: break
        case .including: terms.append("\(column(scan.columns[scan.prefix.count], of: scan)) >= ?")
        case .excluding: terms.append("\(column(scan.columns[scan.prefix.count], of: scan)) > ?")
        }
        switch scan.to {
        case nil: break
        case .including: terms.append("\(column(scan.columns[scan.prefix.count], of: scan)) <= ?")
        case .excluding: terms.append("\(column(scan.columns[scan.prefix.count], of: scan)) < ?")
        }
        return terms.isEmpty ? "" : " WHERE \(terms.joined(separator: " AND "))"
    }

    private func column(_ index: Int, of scan: Scan) -> String { SQLiteDialect.quoted(scan.table.columns[index].name) }
}

extension Scan {
    /// What the question marks of the text stand for, in their order.
    var bound: [RowValue] {
        var values = prefix
        for side in [from, to] {
            switch side {
            case nil: break
            case .including(let value), .excluding(let value): values.append(value)
            }
        }
        if let limit { values.append(.integer(Int64(limit))) }
        return values
    }
}

extension Double {
    /// As SQL writes it: whole numbers without a point.
    fileprivate var formatted: String { Int64(exactly: self).map { "\($0)" } ?? "\(self)" }
}
