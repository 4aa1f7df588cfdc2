internal import Basics

/// What one column of one row holds.
///
/// Values of one column have one type, or are null. Texts compare, hash and order as UTF-8 bytes; null comes first.
package enum RowValue: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// The values of a row, in the order of the table's columns.
package typealias Row = [RowValue]

/// The values of the key columns of a row.
package typealias RowKey = [RowValue]

extension RowValue {
    package var isNull: Bool { if case .null = self { true } else { false } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var real: Double? { if case .real(let value) = self { value } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }
}

extension RowValue: Hashable {
    package static func == (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.integer(let one), .integer(let other)): one == other
        case (.real(let one), .real(let other)): one == other
        case (.text(let one), .text(let other)): one.hasSameBytes(as: other)
        case (.blob(let one), .blob(let other)): one == other
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .integer(let value): hasher.combine(value)
        case .real(let value): hasher.combine(value)
        case .text(let value): value.hashBytes(into: &hasher)
        case .blob(let value): hasher.combine(value)
        }
    }
}

extension RowValue: Comparable {
    package static func < (one: Self, other: Self) -> Bool { one.order(other) < 0 }

    /// How two values of a column stand: negative, zero or positive.
    package func order(_ other: Self) -> Int {
        switch (self, other) {
        case (.integer(let one), .integer(let other)): one < other ? -1 : one == other ? 0 : 1
        case (.real(let one), .real(let other)): one < other ? -1 : one == other ? 0 : 1
        case (.text(let one), .text(let other)): one.byteOrder(other)
        case (.blob(let one), .blob(let other)): one == other ? 0 : one.lexicographicallyPrecedes(other) ? -1 : 1
        default: rank - other.rank
        }
    }

    private var rank: Int {
        switch self {
        case .null: 0
        case .integer: 1
        case .real: 2
        case .text: 3
        case .blob: 4
        }
    }
}

extension [RowValue] {
    /// How two keys stand, value by value and then by length: negative, zero or positive.
    package func order(_ other: [RowValue]) -> Int {
        for (one, other) in zip(self, other) {
            let order = one.order(other)
            if order != 0 { return order }
        }
        return count - other.count
    }
}
