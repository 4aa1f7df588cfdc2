/// A table as data: engines make it from this, and people find it under its name.
///
/// The columns of the primary key come first. Rows are kept in the order of their keys.
package struct Table: Sendable, Hashable {
    private final class Declaration: Sendable {
        let name: String
        let columns: [Column]
        let keyWidth: Int
        let indexes: [Index]
        let checks: [Check]

        init(name: String, columns: [Column], keyWidth: Int, indexes: [Index], checks: [Check]) {
            self.name = name
            self.columns = columns
            self.keyWidth = keyWidth
            self.indexes = indexes
            self.checks = checks
        }
    }

    /// Shared by the copies, which are therefore one reference each and compare at once.
    private let declaration: Declaration

    package var name: String { declaration.name }
    package var columns: [Column] { declaration.columns }
    /// How many of the columns, from the first on, are the primary key.
    package var keyWidth: Int { declaration.keyWidth }
    package var indexes: [Index] { declaration.indexes }
    /// What every row fulfils.
    package var checks: [Check] { declaration.checks }

    /// Declares a table; a contradiction in it is a mistake of the program.
    package init(_ name: String, key: [Column], columns: [Column], indexes: [Index] = [], checks: [Check] = []) {
        declaration = Declaration(
            name: name,
            columns: key + columns,
            keyWidth: key.count,
            indexes: indexes,
            checks: checks
        )
        precondition(isSQLName(name), "a table is named in lower-case letters, digits and _")
        precondition(!key.isEmpty, "a table has a key")
        precondition(key.allSatisfy { $0.presence == .required && $0.type != .real }, "keys are exact, and there")
        let names = self.columns.map(\.name)
        precondition(names.allSatisfy(isSQLName), "a column is named in lower-case letters, digits and _")
        precondition(Set(names).count == names.count, "a column is named once")
        for index in indexes {
            precondition(!index.columns.isEmpty, "an index has columns")
            precondition(Set(index.columns).count == index.columns.count, "an index names a column once")
            precondition(index.columns.allSatisfy(names.contains), "an index is of columns of its table")
        }
        precondition(Set(indexes.map(\.name)).count == indexes.count, "an index is declared once")
        for name in indexes.flatMap(\.mentioned) + checks.map(\.column) {
            precondition(names.contains(name), "conditions are on columns of the table")
        }
    }

    package static func == (one: Self, other: Self) -> Bool {
        if one.declaration === other.declaration { return true }
        return one.name == other.name && one.keyWidth == other.keyWidth && one.columns == other.columns
            && one.indexes == other.indexes && one.checks == other.checks
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    package func key(of row: Row) -> RowKey { RowKey(row[..<keyWidth]) }

    /// Where a column is; a name that the table lacks is a mistake of the program.
    package func index(of column: String) -> Int {
        guard let index = columns.firstIndex(where: { $0.name == column }) else {
            preconditionFailure("the table has no such column")
        }
        return index
    }
}

extension Table {
    /// The row as every engine keeps it, or `invalid` when it does not fit the table.
    ///
    /// What some engine cannot hold never stops a view: U+0000 becomes U+FFFD, −0 becomes 0, and what is no number
    /// becomes null.
    package func accept(_ row: Row) throws(StoreError) -> Row {
        guard row.count == columns.count else {
            throw invalid("\(row.count) values for \(columns.count) columns")
        }
        var row = row
        for (index, column) in columns.enumerated() {
            if let other = try column.storable(row[index], in: self) { row[index] = other }
        }
        for check in checks where !check.holds(for: row[index(of: check.column)]) {
            throw invalid("\(check.column) is out of its range")
        }
        return row
    }

    /// The key as every engine keeps it, or `invalid` when it is not one of this table's.
    package func accept(key: RowKey) throws(StoreError) -> RowKey {
        guard key.count == keyWidth else { throw invalid("\(key.count) values for a key of \(keyWidth)") }
        return try accept(prefix: key, of: Array(0..<keyWidth))
    }

    /// Values of some columns, from the first of these on.
    func accept(prefix: [RowValue], of columns: [Int]) throws(StoreError) -> [RowValue] {
        guard prefix.count <= columns.count else { throw invalid("a prefix longer than what it is of") }
        var prefix = prefix
        for (place, index) in columns.prefix(prefix.count).enumerated() {
            if let other = try self.columns[index].storable(prefix[place], in: self) { prefix[place] = other }
        }
        return prefix
    }

    func invalid(_ context: String) -> StoreError {
        StoreError(.invalid, in: "use a table", context: "\(name): \(context)")
    }
}

extension Table.Column {
    /// What is kept instead of `value`, nil when it is kept as it is; `invalid` when it does not fit.
    fileprivate func storable(_ value: RowValue, in table: Table) throws(StoreError) -> RowValue? {
        switch (type, value) {
        case (.integer, .integer), (.blob, .blob):
            return nil
        case (.text, .text(let text)):
            return text.utf8.contains(0) ? .text(text.replacingNulls) : nil
        case (.real, .real(let number)):
            guard !number.isNaN else { break }
            return number == 0 && number.sign == .minus ? .real(0) : nil
        case (_, .null):
            break
        default:
            throw table.invalid("\(name) is \(type.rawValue)")
        }
        guard presence == .optional else { throw table.invalid("\(name) is required") }
        return .null
    }
}

extension String {
    fileprivate var replacingNulls: String {
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars { scalars.append(scalar == "\0" ? "\u{FFFD}" : scalar) }
        return String(scalars)
    }
}
