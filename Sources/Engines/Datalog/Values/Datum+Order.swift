internal import Basics

/// The total order: null, booleans, numbers, texts, bytes, UUIDs, patterns, lists, sets, vectors, JSON, validities.
///
/// Numbers compare by value, and an integer comes before the float that equals it. Floats follow IEEE, but NaN equals
/// itself and stands above all of them, and −0 stands before 0. Validities run from the latest to the earliest.
enum Order: Int8 {
    case less = -1
    case equal = 0
    case greater = 1

    @inline(__always)
    static func of<Item: Comparable>(_ one: Item, _ other: Item) -> Order {
        one < other ? .less : one == other ? .equal : .greater
    }

    static func of(_ one: Double, _ other: Double) -> Order {
        if one < other { return .less }
        if one > other { return .greater }
        if one == other { return one != 0 ? .equal : of(one.sign == .minus ? 0 : 1, other.sign == .minus ? 0 : 1) }
        return of(one.isNaN ? 1 : 0, other.isNaN ? 1 : 0)
    }

    static func of(_ one: [Datum], _ other: [Datum]) -> Order {
        for index in 0..<min(one.count, other.count) {
            let order = one[index].order(to: other[index])
            if order != .equal { return order }
        }
        return of(one.count, other.count)
    }

    static func ofBytes(_ one: String, _ other: String) -> Order {
        var left = one.utf8.makeIterator()
        var right = other.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return .equal
            case (nil, _): return .less
            case (_, nil): return .greater
            case (let first?, let second?) where first != second: return first < second ? .less : .greater
            default: continue
            }
        }
    }

    static func ofBytes(_ one: [UInt8], _ other: [UInt8]) -> Order {
        one.lexicographicallyPrecedes(other) ? .less : one == other ? .equal : .greater
    }
}

extension Datum {
    /// The place of the value's type among the types.
    var rank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .int, .float: 2
        case .text: 3
        case .bytes: 4
        case .uuid: 5
        case .regex: 6
        case .list: 7
        case .set: 8
        case .vector: 9
        case .json: 10
        case .validity: 11
        case .bottom: 12
        }
    }

    func order(to other: Datum) -> Order {
        switch (self, other) {
        case (.int(let one), .int(let other)): .of(one, other)
        case (.text(let one), .text(let other)): .ofBytes(one, other)
        case (.float(let one), .float(let other)): .of(one, other)
        case (.int(let one), .float(let other)): Self.order(of: one, to: other)
        case (.float(let one), .int(let other)): Self.order(of: other, to: one).reversed
        case (.bool(let one), .bool(let other)): .of(one ? 1 : 0, other ? 1 : 0)
        case (.bytes(let one), .bytes(let other)): .ofBytes(one, other)
        case (.uuid(let one), .uuid(let other)): .of(one.sortKey.0, other.sortKey.0) ?? .of(one.low, other.low)
        case (.regex(let one), .regex(let other)): .ofBytes(one.source, other.source)
        case (.list(let one), .list(let other)), (.set(let one), .set(let other)): .of(one, other)
        case (.vector(let one), .vector(let other)): Self.order(of: one, to: other)
        case (.json(let one), .json(let other)): .ofBytes(one.description, other.description)
        case (.validity(let one), .validity(let other)):
            .of(other.moment, one.moment) ?? .of(other.isAssertion ? 1 : 0, one.isAssertion ? 1 : 0)
        default: .of(rank, other.rank)
        }
    }

    /// An integer stands before the float of its value.
    private static func order(of integer: Int64, to float: Double) -> Order {
        let order = Order.of(Double(integer), float)
        return order == .equal ? .less : order
    }

    private static func order(of one: Vector, to other: Vector) -> Order {
        switch (one, other) {
        case (.float, .double): return .less
        case (.double, .float): return .greater
        default:
            guard one.count == other.count else { return .of(one.count, other.count) }
            for (left, right) in zip(one.doubles, other.doubles) {
                let order = Order.of(left, right)
                if order != .equal { return order }
            }
            return .equal
        }
    }
}

extension Order {
    var reversed: Order {
        switch self {
        case .less: .greater
        case .equal: .equal
        case .greater: .less
        }
    }

    /// The second order, where the first leaves it open.
    static func ?? (one: Order, other: @autoclosure () -> Order) -> Order { one == .equal ? other() : one }
}

extension Datum: Comparable {
    package static func < (one: Datum, other: Datum) -> Bool { one.order(to: other) == .less }
}

extension Datum: Hashable {
    package static func == (one: Datum, other: Datum) -> Bool { one.order(to: other) == .equal }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null, .bottom: hasher.combine(rank)
        case .bool(let bool): hasher.combine(bool)
        case .int(let number): hasher.combine(number)
        case .float(let number): hasher.combine(number.isNaN ? 1 : number.bitPattern)
        case .text(let text): text.hashBytes(into: &hasher)
        case .bytes(let bytes): hasher.combine(bytes)
        case .uuid(let id): hasher.combine(id)
        case .regex(let pattern): pattern.source.hashBytes(into: &hasher)
        case .list(let elements), .set(let elements): hasher.combine(elements)
        case .vector(let vector): hasher.combine(vector)
        case .json(let tree): hasher.combine(tree)
        case .validity(let validity): hasher.combine(validity)
        }
    }
}
