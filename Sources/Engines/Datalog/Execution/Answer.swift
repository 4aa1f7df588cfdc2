/// The rows of an answer, in columns.
package struct Answer: Sendable {
    package var headers: [String]
    package var columns: [Column]
    package var rowCount: Int

    /// The values of one column.
    package enum Column: Sendable {
        case integers([Int64])
        case values([Datum])

        package subscript(row: Int) -> Datum {
            switch self {
            case .integers(let numbers): .int(numbers[row])
            case .values(let values): values[row]
            }
        }
    }

    package init(headers: [String], columns: [Column], rowCount: Int) {
        self.headers = headers
        self.columns = columns
        self.rowCount = rowCount
    }

    /// An answer of few rows.
    package init(headers: [String], rows: [[Datum]]) {
        self.headers = headers
        columns = headers.indices.map { column in .values(rows.map { $0[column] }) }
        rowCount = rows.count
    }

    /// The answer of what changes something.
    package static let done = Answer(headers: ["status"], rows: [["OK"]])

    package subscript(row: Int) -> [Datum] { columns.map { $0[row] } }

    package var rows: [[Datum]] { (0..<rowCount).map { self[$0] } }
}
