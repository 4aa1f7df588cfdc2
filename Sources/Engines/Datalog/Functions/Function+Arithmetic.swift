// Arithmetic on numbers and vectors. Integers wrap.
extension Function {
    static let arithmetic: [Function] = [
        Function("add", 0, variadic: true, shortcut: .add) { arguments, _ throws(ScriptError) in try sum(arguments) },
        Function("sub", 2, shortcut: .subtract) { arguments, _ throws(ScriptError) in
            switch (arguments[0], arguments[1]) {
            case (.int(let one), .int(let other)): return .int(one &- other)
            case (.vector, _), (_, .vector):
                return try elementwise(arguments[0], arguments[1], "can only subtract numbers from vectors", -)
            default:
                guard let one = arguments[0].number, let other = arguments[1].number else {
                    throw .evaluation("subtraction requires numbers")
                }
                return .float(one - other)
            }
        },
        Function("mul", 0, variadic: true) { arguments, _ throws(ScriptError) in try product(arguments) },
        Function("div", 2) { arguments, _ throws(ScriptError) in
            if case .vector = arguments[0] {
                return try elementwise(arguments[0], arguments[1], "division requires numbers", /)
            }
            if case .vector = arguments[1] {
                return try elementwise(arguments[0], arguments[1], "division requires numbers", /)
            }
            guard let one = arguments[0].number, let other = arguments[1].number else {
                throw .evaluation("division requires numbers")
            }
            return .float(one / other)
        },
        Function("mod", 2) { arguments, _ throws(ScriptError) in
            if case (.int(let one), .int(let other)) = (arguments[0], arguments[1]) {
                guard other != 0 else { throw .evaluation("'mod' requires non-zero divisor") }
                return .int(other == -1 ? 0 : one % other)
            }
            guard let one = arguments[0].number, let other = arguments[1].number else {
                throw .evaluation("'mod' requires numbers")
            }
            return .float(one.truncatingRemainder(dividingBy: other))
        },
        Function("minus", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int(let number): return .int(0 &- number)
            case .float(let number): return .float(-number)
            case .vector(let vector): return .vector(vector.map { 0 - $0 })
            default: throw .evaluation("minus can only be applied to numbers")
            }
        },
        Function("max", 1, variadic: true) { arguments, _ throws(ScriptError) in
            try extreme(arguments, "max") { $0 >= $1 }
        },
        Function("min", 1, variadic: true) { arguments, _ throws(ScriptError) in
            try extreme(arguments, "min") { $0 <= $1 }
        },
    ]

    static let rounding: [Function] = [
        Function("abs", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int(let number): return .int(number < 0 ? 0 &- number : number)
            case .float(let number): return .float(number.magnitude)
            case .vector(let vector): return .vector(vector.map(\.magnitude))
            default: throw .evaluation("'abs' requires numbers")
            }
        },
        Function("signum", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int(let number): return .int(number.signum())
            case .float(let number):
                if number.isNaN { return .float(.nan) }
                if number.sign == .minus { return -1 }
                return number == 0 ? 0 : 1
            default: throw .evaluation("'signum' requires numbers")
            }
        },
        rounded("floor", .down), rounded("ceil", .up), rounded("round", .toNearestOrAwayFromZero),
    ]

    private static func rounded(_ name: String, _ rule: FloatingPointRoundingRule) -> Function {
        Function(name, 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int(let number): return .int(number)
            case .float(let number): return .float(number.rounded(rule))
            default: throw .evaluation("'\(name)' requires numbers")
            }
        }
    }

    /// The integers and the floats are summed apart; floats that add up to zero leave an integer.
    private static func sum(_ arguments: [Datum]) throws(ScriptError) -> Datum {
        var whole: Int64 = 0
        var fraction = 0.0
        for argument in arguments {
            switch argument {
            case .int(let number): whole &+= number
            case .float(let number): fraction += number
            case .vector: return try folded(arguments, "can only add numbers to vectors", +)
            default: throw .evaluation("addition requires numbers")
            }
        }
        return fraction == 0 ? .int(whole) : .float(Double(whole) + fraction)
    }

    private static func product(_ arguments: [Datum]) throws(ScriptError) -> Datum {
        var whole: Int64 = 1
        var fraction = 1.0
        for argument in arguments {
            switch argument {
            case .int(let number): whole &*= number
            case .float(let number): fraction *= number
            case .vector: return try folded(arguments, "can only multiply vectors with numbers", *)
            default: throw .evaluation("multiplication requires numbers")
            }
        }
        return fraction == 1 ? .int(whole) : .float(Double(whole) * fraction)
    }

    private static func extreme(
        _ arguments: [Datum],
        _ name: String,
        _ keeps: (Datum, Datum) -> Bool
    ) throws(ScriptError) -> Datum {
        var best: Datum?
        for argument in arguments {
            guard argument.number != nil else { throw .evaluation("'\(name) can only be applied to numbers'") }
            if let held = best { best = keeps(held, argument) ? held : argument } else { best = argument }
        }
        return best ?? .null
    }

    private static func folded(
        _ arguments: [Datum],
        _ complaint: String,
        _ operation: (Double, Double) -> Double
    ) throws(ScriptError) -> Datum {
        guard var result = arguments.first else { return 0 }
        for argument in arguments.dropFirst() {
            result = try elementwise(result, argument, complaint, operation)
        }
        return result
    }

    /// A vector and a vector, or a vector and a number; two widths give the wider one.
    private static func elementwise(
        _ one: Datum,
        _ other: Datum,
        _ complaint: String,
        _ operation: (Double, Double) -> Double
    ) throws(ScriptError) -> Datum {
        switch (one, other) {
        case (.vector(let one), .vector(let other)):
            guard one.count == other.count else { throw .evaluation("can only add vectors of the same length") }
            let result = zip(one.doubles, other.doubles).map(operation)
            if case (.float, .float) = (one, other) { return .vector(.float(result.map(Float.init))) }
            return .vector(.double(result))
        case (.vector(let vector), let scalar):
            guard let number = scalar.number else { throw .evaluation(complaint) }
            return .vector(vector.map { operation($0, vector.rounded(number)) })
        case (let scalar, .vector(let vector)):
            guard let number = scalar.number else { throw .evaluation(complaint) }
            return .vector(vector.map { operation(vector.rounded(number), $0) })
        default:
            guard let left = one.number, let right = other.number else { throw .evaluation(complaint) }
            return .float(operation(left, right))
        }
    }
}

extension Vector {
    /// The vector of the same width with each element replaced.
    func map(_ change: (Double) -> Double) -> Vector {
        switch self {
        case .float(let elements): .float(elements.map { Float(change(Double($0))) })
        case .double(let elements): .double(elements.map(change))
        }
    }

    /// The number as an element of this width holds it.
    func rounded(_ number: Double) -> Double {
        switch self {
        case .float: Double(Float(number))
        case .double: number
        }
    }
}
