extension Table {
    /// A column: what rows hold there, and how SQL people know it.
    package struct Column: Sendable, Hashable {
        package enum ColumnType: String, Sendable, Hashable, CaseIterable { case integer, real, text, blob }
        package enum Presence: Sendable, Hashable { case required, optional }

        /// What the column is called in SQL, where the type alone does not say it.
        package enum Spelling: Sendable, Hashable {
            /// As the type.
            case plain
            case serial
            case bigInteger
            case boolean
            /// Milliseconds since 1970 where the engine has no times.
            case timestamp
            /// A text of at most so many characters; engines that have no such limit do not cut.
            case varchar(Int)
            /// A document of JSON.
            case json
        }

        /// What stands there when a row written by hand says nothing; views say everything.
        package enum Standard: Sendable, Hashable {
            case integer(Int64)
            case real(Double)
            case text(String)
            case no
            case now
        }

        package let name: String
        package let type: ColumnType
        package let presence: Presence
        package var spelling = Spelling.plain
        package var standard: Standard?

        package static func integer(_ name: String, _ presence: Presence = .required) -> Self {
            Self(name: name, type: .integer, presence: presence)
        }
        package static func real(_ name: String, _ presence: Presence = .required) -> Self {
            Self(name: name, type: .real, presence: presence)
        }
        package static func text(_ name: String, _ presence: Presence = .required) -> Self {
            Self(name: name, type: .text, presence: presence)
        }
        package static func blob(_ name: String, _ presence: Presence = .required) -> Self {
            Self(name: name, type: .blob, presence: presence)
        }

        // What SQL has more names for.

        package static func serial(_ name: String) -> Self { integer(name).spelled(.serial) }
        package static func bigInteger(_ name: String, _ presence: Presence = .required) -> Self {
            integer(name, presence).spelled(.bigInteger)
        }
        package static func boolean(_ name: String, _ presence: Presence = .optional) -> Self {
            integer(name, presence).spelled(.boolean)
        }
        package static func timestamp(_ name: String, _ presence: Presence = .optional) -> Self {
            integer(name, presence).spelled(.timestamp)
        }
        package static func varchar(_ name: String, _ width: Int, _ presence: Presence = .optional) -> Self {
            text(name, presence).spelled(.varchar(width))
        }
        package static func json(_ name: String, _ presence: Presence = .optional) -> Self {
            text(name, presence).spelled(.json)
        }

        /// The column with what stands there by itself.
        package func standing(_ standard: Standard) -> Self {
            var column = self
            column.standard = standard
            return column
        }

        private func spelled(_ spelling: Spelling) -> Self {
            var column = self
            column.spelling = spelling
            return column
        }
    }

    /// An order in which rows are found.
    package struct Index: Sendable, Hashable {
        package enum Uniqueness: Sendable, Hashable { case plain, unique }

        /// Which rows an index holds, for those who query by hand; scans use whole indexes only.
        package enum Condition: Sendable, Hashable {
            case above(String, Double)
            case isFalse(String)
            case equals(String, String)
            /// A list as JSON that has an element.
            case notEmpty(String)

            package var column: String {
                switch self {
                case .above(let name, _), .isFalse(let name), .equals(let name, _), .notEmpty(let name): name
                }
            }
        }

        package let columns: [String]
        package let uniqueness: Uniqueness
        /// Columns that the index keeps from the largest down.
        package var descending: Set<String> = []
        package var condition: Condition?

        package static func on(_ columns: String...) -> Self { Self(columns: columns, uniqueness: .plain) }
        package static func unique(_ columns: String...) -> Self { Self(columns: columns, uniqueness: .unique) }

        /// The index with these columns from the largest down.
        package func falling(_ columns: String...) -> Self {
            var index = self
            index.descending = Set(columns)
            return index
        }

        /// The index of the rows for which this holds.
        package func only(_ condition: Condition) -> Self {
            var index = self
            index.condition = condition
            return index
        }

        /// What it is called, behind the name of its table.
        package var name: String {
            let columns = columns.joined(separator: "_")
            guard let condition else { return columns }
            return switch condition {
            case .above(let column, _): "\(columns)_above_\(column)"
            case .isFalse(let column): "\(columns)_not_\(column)"
            case .equals(_, let text): "\(columns)_\(text)"
            case .notEmpty(let column): "\(columns)_some_\(column)"
            }
        }

        var mentioned: [String] { Array(descending) + (condition.map { [$0.column] } ?? []) }
    }

    /// What a column of every row fulfils; null always does.
    package struct Check: Sendable, Hashable {
        package let column: String
        package let least: Double
        /// Nil when there is no most.
        package let most: Double?

        /// From 0 to 1.
        package static func unit(_ column: String) -> Self { Self(column: column, least: 0, most: 1) }
        package static func atLeast(_ least: Double, _ column: String) -> Self {
            Self(column: column, least: least, most: nil)
        }

        func holds(for value: RowValue) -> Bool {
            let number: Double
            switch value {
            case .integer(let integer): number = Double(integer)
            case .real(let real): number = real
            case .null, .text, .blob: return true
            }
            return number >= least && (most.map { number <= $0 } ?? true)
        }
    }
}
