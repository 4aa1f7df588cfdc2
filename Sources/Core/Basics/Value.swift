/// Whatever JSON can say, and byte strings: the content of a document.
///
/// Canonical by construction where it is made through `number`: an integral number within ±2⁵³ is an `integer`, any
/// other is a `double`; −0 is 0; NaN and infinities do not exist. Texts compare and hash as UTF-8 bytes.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case array([Value])
    case map(Fields)

    /// The canonical form of a number; nil for NaN and infinities.
    package static func number(_ number: Double) -> Value? {
        guard number.isFinite else { return nil }
        guard let integer = canonicalInteger(number) else { return .double(number) }
        return .integer(integer)
    }

    /// The canonical form of a number; nil when no double holds it.
    package static func number(_ number: Int64) -> Value? {
        guard number.magnitude > UInt64(Limits.integer) else { return .integer(number) }
        guard let double = Double(exactly: number) else { return nil }
        return .double(double)
    }

    /// The integer that stands for `number` in canonical form; nil when it stays a double.
    package static func canonicalInteger(_ number: Double) -> Int64? {
        guard number.magnitude <= Double(Limits.integer) else { return nil }
        let integer = Int64(number)
        return Double(integer) == number ? integer : nil
    }
}

extension Value: Hashable {
    package static func == (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.double(let one), .double(let other)): one == other
        case (.text(let one), .text(let other)): one.hasSameBytes(as: other)
        case (.bytes(let one), .bytes(let other)): one == other
        case (.array(let one), .array(let other)): one == other
        case (.map(let one), .map(let other)): one == other
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .integer(let integer): hasher.combine(integer)
        case .double(let double): hasher.combine(double)
        case .text(let text): text.hashBytes(into: &hasher)
        case .bytes(let bytes): hasher.combine(bytes)
        case .array(let values): hasher.combine(values)
        case .map(let fields): hasher.combine(fields)
        }
    }
}

// No nil literal: `fields[key] = nil` takes an entry away, and must not write a null.
extension Value: ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(arrayLiteral elements: Value...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) { self = .map(Fields(unique: elements)) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    package init(integerLiteral value: Int64) {
        guard let number = Value.number(value) else { preconditionFailure("no double holds \(value)") }
        self = number
    }

    package init(floatLiteral value: Double) {
        guard let number = Value.number(value) else { preconditionFailure("\(value) is no number") }
        self = number
    }
}
