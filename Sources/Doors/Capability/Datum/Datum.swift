package import Model

/// What a caller said, before it is parsed: whatever JSON can say, and what JavaScript can say beyond it.
///
/// Doors make one of whatever they were sent; shapes read it, and behind them nobody sees one.
package indirect enum Datum: Sendable, Equatable {
    /// No value at all: a key that is not there, JavaScript's `undefined`.
    case absent
    case null
    case bool(Bool)
    case integer(Int64)
    /// Any double, NaN, infinities and −0 included.
    case double(Double)
    case text(String)
    case list([Datum])
    case object(Entries)
    /// Nil is a date that is none.
    case date(Instant?)
    case rare(RareDatum)
}

/// What hardly anybody says, and what is passed on as it came.
package enum RareDatum: Sendable, Equatable {
    /// Decimal digits, perhaps with a minus before them.
    case bigInteger(String)
    case set([Datum])
    case map([MapEntry])
    /// `/pattern/flags`.
    case expression(String)
    case error(Entries)
    case address(String)
    /// The elements, and what the array is called, as `Uint8Array`.
    case typedArray(String, [Datum])

    package struct MapEntry: Sendable, Equatable {
        package let key: Datum
        package let value: Datum

        package init(key: Datum, value: Datum) {
            self.key = key
            self.value = value
        }
    }
}

extension Datum {
    /// What it is, in the words of a refusal.
    var kind: String {
        switch self {
        case .absent: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double: "number"
        case .text: "string"
        case .list: "array"
        case .object: "object"
        case .date: "date"
        case .rare(let rare):
            switch rare {
            case .bigInteger: "bigint"
            case .set: "set"
            case .map: "map"
            case .expression, .error, .address, .typedArray: "object"
            }
        }
    }
}

extension Datum: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: Datum...) { self = .list(elements) }

    /// An object of these entries.
    package static func entries(_ pairs: KeyValuePairs<String, Datum>) -> Datum {
        .object(Entries(pairs.map { Entries.Entry(key: $0.key, value: $0.value) }))
    }
}
