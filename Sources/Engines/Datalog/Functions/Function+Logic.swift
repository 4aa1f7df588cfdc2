// Comparisons, booleans and bits.
extension Function {
    static let comparisons: [Function] = [
        Function("eq", 2, shortcut: .equal) { arguments, _ throws(ScriptError) in
            .bool(equal(arguments[0], arguments[1]))
        },
        Function("neq", 2, shortcut: .unequal) { arguments, _ throws(ScriptError) in
            .bool(!equal(arguments[0], arguments[1]))
        },
        comparison("gt", .greater, { $0 > $1 }) { $0 == .greater },
        comparison("ge", .greaterOrEqual, { $0 >= $1 }) { $0 != .less },
        comparison("lt", .less, { $0 < $1 }) { $0 == .less },
        comparison("le", .lessOrEqual, { $0 <= $1 }) { $0 != .greater },
        Function("is_in", 2) { arguments, _ throws(ScriptError) in
            guard case .list(let list) = arguments[1] else {
                throw .evaluation("right hand side of 'is_in' must be a list")
            }
            return .bool(list.contains(arguments[0]))
        },
    ]

    /// Equality as `==` has it: an integer equals the float of its value.
    static func equal(_ one: Datum, _ other: Datum) -> Bool {
        switch (one, other) {
        case (.int(let whole), .float(let float)), (.float(let float), .int(let whole)): Double(whole) == float
        case (.float(let one), .float(let other)): one == other || one.isNaN && other.isNaN
        default: one == other
        }
    }

    private static func comparison(
        _ name: String,
        _ shortcut: Shortcut,
        _ numbers: @escaping @Sendable (Double, Double) -> Bool,
        _ holds: @escaping @Sendable (Order) -> Bool
    ) -> Function {
        Function(name, 2, shortcut: shortcut) { arguments, _ throws(ScriptError) in
            switch (arguments[0], arguments[1]) {
            case (.int(let one), .float(let other)): return .bool(numbers(Double(one), other))
            case (.float(let one), .int(let other)): return .bool(numbers(one, Double(other)))
            case (.float(let one), .float(let other)) where !one.isNaN && !other.isNaN:
                return .bool(numbers(one, other))
            default:
                let comparable = arguments[0].rank == arguments[1].rank && ![5, 9, 10, 11].contains(arguments[0].rank)
                guard comparable else {
                    throw .evaluation(
                        "comparison can only be done between the same datatypes, "
                            + "got \(arguments[0].shown) and \(arguments[1].shown)"
                    )
                }
                return .bool(holds(arguments[0].order(to: arguments[1])))
            }
        }
    }

    static let logic: [Function] = [
        Function("and", 0, variadic: true) { arguments, _ throws(ScriptError) in
            for argument in arguments {
                guard case .bool(let bool) = argument else { throw .evaluation("'and' requires booleans") }
                if !bool { return false }
            }
            return true
        },
        Function("or", 0, variadic: true) { arguments, _ throws(ScriptError) in
            for argument in arguments {
                guard case .bool(let bool) = argument else { throw .evaluation("'or' requires booleans") }
                if bool { return true }
            }
            return false
        },
        Function("negate", 1) { arguments, _ throws(ScriptError) in
            guard case .bool(let bool) = arguments[0] else { throw .evaluation("'negate' requires booleans") }
            return .bool(!bool)
        },
        Function("assert", 1, variadic: true) { arguments, _ throws(ScriptError) in
            guard case .bool(true) = arguments[0] else {
                throw .evaluation("assertion failed: \(Datum.list(arguments).shown)")
            }
            return true
        },
        Function("coalesce", 0, variadic: true) { arguments, _ throws(ScriptError) in
            arguments.first { $0 != .null } ?? .null
        },
    ]

    static let bits: [Function] = [
        bitwise("bit_and", &), bitwise("bit_or", |), bitwise("bit_xor", ^),
        Function("bit_not", 1) { arguments, _ throws(ScriptError) in
            guard case .bytes(let bytes) = arguments[0] else { throw .evaluation("'bit_not' requires bytes") }
            return .bytes(bytes.map { ~$0 })
        },
        Function("unpack_bits", 1) { arguments, _ throws(ScriptError) in
            guard case .bytes(let bytes) = arguments[0] else { throw .evaluation("'unpack_bits' requires bytes") }
            return .list(bytes.flatMap { byte in (0..<8).map { .bool(byte >> (7 - $0) & 1 == 1) } })
        },
        Function("pack_bits", 1) { arguments, _ throws(ScriptError) in
            guard let elements = arguments[0].elements else {
                throw .evaluation("'pack_bits' requires list of booleans")
            }
            var bytes = [UInt8](repeating: 0, count: (elements.count + 7) / 8)
            for (index, element) in elements.enumerated() {
                guard case .bool(let bool) = element else {
                    throw .evaluation("'pack_bits' requires list of booleans")
                }
                if bool { bytes[index / 8] |= 128 >> UInt8(index % 8) }
            }
            return .bytes(bytes)
        },
    ]

    private static func bitwise(
        _ name: String,
        _ operation: @escaping @Sendable (UInt8, UInt8) -> UInt8
    ) -> Function {
        Function(name, 2) { arguments, _ throws(ScriptError) in
            guard case (.bytes(let one), .bytes(let other)) = (arguments[0], arguments[1]) else {
                throw .evaluation("'\(name)' requires bytes")
            }
            guard one.count == other.count else {
                throw .evaluation("operands of '\(name)' must have the same lengths")
            }
            return .bytes(zip(one, other).map(operation))
        }
    }
}
