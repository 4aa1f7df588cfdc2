internal import Model
internal import Ports
internal import SQLiteDriver

/// One connection's view of the tables: rows in and out of statements.
///
/// Confined to the thread of its connection.
final class SQLiteSession {
    let connection: Connection
    private var texts: [Generation: [String: SQLiteTableText]] = [:]

    init(_ connection: Connection) { self.connection = connection }

    func get(_ key: RowKey, in table: Table, _ generation: Generation) throws(Failure) -> Row? {
        try connection.withStatement(text(of: table, generation).get) { statement throws(Failure) in
            try statement.bind(key)
            return try statement.step() == .row ? statement.row(of: table) : nil
        }
    }

    func put(_ row: Row, in table: Table, _ generation: Generation) throws(Failure) {
        try connection.withStatement(text(of: table, generation).put) { statement throws(Failure) in
            try statement.bind(row)
            try statement.run()
        }
    }

    func delete(_ key: RowKey, from table: Table, _ generation: Generation) throws(Failure) -> Bool {
        try connection.withStatement(text(of: table, generation).delete) { statement throws(Failure) in
            try statement.bind(key)
            try statement.run()
            return connection.changedRowCount > 0
        }
    }

    func deleteAll(_ scan: Scan, _ generation: Generation) throws(Failure) -> Int {
        try connection.withStatement(text(of: scan.table, generation).deleteAll(scan)) { statement throws(Failure) in
            try statement.bind(scan.bound)
            try statement.run()
            return Int(connection.changedRowCount)
        }
    }

    func scan(
        _ scan: Scan,
        _ generation: Generation,
        _ body: (Row) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let failing = { (failure: Failure) in StoreError(failure, in: "scan rows") }
        let text = text(of: scan.table, generation).scan(scan)
        try connection.withStatement(text, failing: failing) { statement throws(StoreError) in
            try translating("scan rows", try statement.bind(scan.bound))
            while try translating("scan rows", try statement.step()) == .row {
                if case .stop = try body(statement.row(of: scan.table)) { return }
            }
        }
    }

    private func text(of table: Table, _ generation: Generation) -> SQLiteTableText {
        if let text = texts[generation]?[table.name] { return text }
        let text = SQLiteTableText(table, generation)
        texts[generation, default: [:]][table.name] = text
        return text
    }
}

// MARK: Positions

extension SQLiteSession {
    /// The position of a generation, nil when its entry is not there.
    func entry(_ view: ViewName, _ generation: Generation) throws(Failure) -> (position: Position?, version: Int)? {
        try connection.withStatement(
            "SELECT position, version FROM prima_views WHERE name = ?"
        ) { statement throws(Failure) in
            try statement.bind(Self.entryName(view, generation), at: 1)
            guard try statement.step() == .row else { return nil }
            return (try statement.position(at: 0), Int(statement.integer(at: 1)))
        }
    }

    func setEntry(_ view: ViewName, _ generation: Generation, _ position: Position?, version: Int) throws(Failure) {
        try connection.withStatement(
            """
            INSERT INTO prima_views (name, position, version) VALUES (?, ?, ?) \
            ON CONFLICT (name) DO UPDATE SET position = excluded.position, version = excluded.version
            """
        ) { statement throws(Failure) in
            try statement.bind(Self.entryName(view, generation), at: 1)
            try statement.bind(position?.index ?? -1, at: 2)
            try statement.bind(Int64(version), at: 3)
            try statement.run()
        }
    }

    func removeEntry(_ view: ViewName, _ generation: Generation) throws(Failure) {
        try connection.withStatement("DELETE FROM prima_views WHERE name = ?") { statement throws(Failure) in
            try statement.bind(Self.entryName(view, generation), at: 1)
            try statement.run()
        }
    }

    /// The live views, in order of name.
    func positions() throws(Failure) -> [ViewPosition] {
        try connection.withStatement(
            "SELECT name, position, version FROM prima_views ORDER BY name"
        ) { statement throws(Failure) in
            var positions: [ViewPosition] = []
            while try statement.step() == .row {
                // The entries of other generations have names that no view can have.
                guard let view = ViewName(statement.text(at: 0)) else { continue }
                let position = try statement.position(at: 1)
                positions.append(ViewPosition(view, at: position, version: Int(statement.integer(at: 2))))
            }
            return positions
        }
    }

    private static func entryName(_ view: ViewName, _ generation: Generation) -> String {
        generation == .live ? view.text : "\(view.text)~\(generation)"
    }
}

extension Statement {
    func bind(_ values: [RowValue]) throws(Failure) {
        for (index, value) in values.enumerated() {
            let parameter = Int32(index + 1)
            switch value {
            case .null: try bindNull(at: parameter)
            case .integer(let integer): try bind(integer, at: parameter)
            case .real(let number): try bind(number, at: parameter)
            case .text(let text): try bind(text, at: parameter)
            case .blob(let bytes): try bind(bytes, at: parameter)
            }
        }
    }

    /// The row that the statement stands on, its columns in the table's order.
    func row(of table: Table) -> Row {
        var row = Row()
        row.reserveCapacity(table.columns.count)
        for index in table.columns.indices { row.append(value(at: Int32(index))) }
        return row
    }

    private func value(at column: Int32) -> RowValue {
        switch kind(at: column) {
        case .null: .null
        case .integer: .integer(integer(at: column))
        case .real: .real(real(at: column))
        case .text: .text(text(at: column))
        case .blob: .blob(blob(at: column))
        }
    }

    func position(at column: Int32) throws(Failure) -> Position? {
        let index = integer(at: column)
        guard (-1..<Position.limit).contains(index) else {
            throw Failure(.corrupt, message: "prima_views holds the position \(index)")
        }
        return index < 0 ? nil : Position(index)
    }
}
