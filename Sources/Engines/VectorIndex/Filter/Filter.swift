package import Basics

/// Which points a search may find, with the meaning that Qdrant gives it.
///
/// All of `must`, none of `mustNot`, at least one of `should` when there are any, and at least so many of
/// `minShould` hold. A condition on a field holds when any of the field's values satisfies it.
package struct Filter: Sendable, Hashable {
    package var must: [Condition]
    package var should: [Condition]
    package var mustNot: [Condition]
    package var minShould: MinShould?

    package struct MinShould: Sendable, Hashable {
        package let conditions: [Condition]
        /// How many of them must hold, at least one.
        package let count: Int

        package init(conditions: [Condition], count: Int) {
            self.conditions = conditions
            self.count = count
        }
    }

    package init(
        must: [Condition] = [],
        should: [Condition] = [],
        mustNot: [Condition] = [],
        minShould: MinShould? = nil
    ) {
        self.must = must
        self.should = should
        self.mustNot = mustNot
        self.minShould = minShould
    }

    package indirect enum Condition: Sendable, Hashable {
        case field(PayloadPath, FieldTest)
        /// No value, or empty ones only: null, or an array without elements.
        case isEmpty(PayloadPath)
        /// Some value is null, or an array that holds one.
        case isNull(PayloadPath)
        case hasID(Set<PointID>)
        case hasVector(String)
        /// Some object in the array at the path satisfies the filter by itself.
        case nested(PayloadPath, Filter)
        case filter(Filter)
        /// The condition does not hold.
        case not(Condition)
    }
}

/// What is asked of the values of a field.
package enum FieldTest: Sendable, Hashable {
    /// Some value equals one of these: texts, integers and truth values, each only its like.
    case any(Set<Value>)
    /// Some value is not null and equals none of these.
    case except(Set<Value>)
    /// Some text holds all these words.
    case words([String])
    case anyWord([String])
    /// Some text holds these words one after the other.
    case phrase([String])
    /// Some text begins with these bytes.
    case prefix(String)
    case substring(String)
    case range(NumberRange)
    /// Microseconds since 1970, of texts that are times.
    case time(NumberRange)
    /// How many values there are: the elements of an array, one for anything else, none for null.
    case count(NumberRange)
    case geo(GeoArea)
}

/// Bounds, each of which may be missing.
package struct NumberRange: Sendable, Hashable {
    package var above: Value?
    package var from: Value?
    package var below: Value?
    package var to: Value?

    package init(above: Value? = nil, from: Value? = nil, below: Value? = nil, to: Value? = nil) {
        self.above = above
        self.from = from
        self.below = below
        self.to = to
    }

    package func contains(_ number: Value) -> Bool {
        (above.map { Self.order($0, number) < 0 } ?? true) && (from.map { Self.order($0, number) <= 0 } ?? true)
            && (below.map { Self.order(number, $0) < 0 } ?? true) && (to.map { Self.order(number, $0) <= 0 } ?? true)
    }

    /// Compares numbers exactly, also an integer with a double.
    static func order(_ one: Value, _ other: Value) -> Int {
        switch (one, other) {
        case (.integer(let one), .integer(let other)): one < other ? -1 : one > other ? 1 : 0
        default: one.number < other.number ? -1 : one.number > other.number ? 1 : 0
        }
    }
}

extension Value {
    /// A number as a double; integers of payloads are within ±2⁵³, so that nothing is lost.
    ///
    /// Zero for anything else.
    var number: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        default: 0
        }
    }

    var isNumber: Bool {
        switch self {
        case .integer, .double: true
        default: false
        }
    }
}
