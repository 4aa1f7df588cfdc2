/// One value of a row, as CozoScript knows it.
///
/// Values of all types stand in one total order (`Datum+Order`). As keys `1` and `1.0` are two values; the operator
/// `==` calls them equal.
package enum Datum: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case text(String)
    case bytes([UInt8])
    case uuid(UniqueID)
    case regex(Pattern)
    case list([Datum])
    /// Sorted, without duplicates.
    case set([Datum])
    case vector(Vector)
    case json(JSONTree)
    case validity(Validity)
    /// Stands above every other value; never stored.
    case bottom
}

/// A moment and whether the row holds from it on.
package struct Validity: Hashable, Sendable {
    /// Microseconds since 1970.
    package var moment: Int64
    package var isAssertion: Bool

    package init(moment: Int64, isAssertion: Bool) {
        self.moment = moment
        self.isAssertion = isAssertion
    }
}

/// A row of numbers of one width.
package enum Vector: Hashable, Sendable {
    case float([Float])
    case double([Double])

    package var count: Int {
        switch self {
        case .float(let elements): elements.count
        case .double(let elements): elements.count
        }
    }

    /// The elements as doubles, whatever the width.
    package var doubles: [Double] {
        switch self {
        case .float(let elements): elements.map(Double.init)
        case .double(let elements): elements
        }
    }
}

extension Datum {
    /// The integer that this number is; a float with a whole value counts.
    package var wholeNumber: Int64? {
        switch self {
        case .int(let number): number
        case .float(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The number as a float.
    package var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }

    /// The elements of a list or of a set.
    package var elements: [Datum]? {
        switch self {
        case .list(let elements), .set(let elements): elements
        default: nil
        }
    }

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// A set of these values.
    static func set(of values: some Sequence<Datum>) -> Datum { .set(sortedUnique(values)) }

    /// The values in order, each once.
    static func sortedUnique(_ values: some Sequence<Datum>) -> [Datum] {
        var result: [Datum] = []
        for value in values.sorted() where result.last != value { result.append(value) }
        return result
    }
}

extension Datum: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral
{
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .float(value) }
    package init(arrayLiteral elements: Datum...) { self = .list(elements) }
}
