// Powers, roots, logarithms and angles, on numbers and on the elements of vectors.
extension Function {
    static let elementary: [Function] = [
        unary("sqrt") { $0.squareRoot() }, unary("exp", Elementary.exponential),
        unary("exp2") { Elementary.power(2, $0) }, unary("ln", Elementary.logarithm),
        unary("log2", Elementary.logarithm2), unary("log10", Elementary.logarithm10),
        unary("sin", Elementary.sine), unary("cos", Elementary.cosine), unary("tan", Elementary.tangent),
        unary("asin", Elementary.arcSine), unary("acos", Elementary.arcCosine),
        unary("atan") { Elementary.arcTangent($0) }, unary("sinh", Elementary.hyperbolicSine),
        unary("cosh", Elementary.hyperbolicCosine), unary("tanh", Elementary.hyperbolicTangent),
        unary("asinh", Elementary.inverseHyperbolicSine), unary("acosh", Elementary.inverseHyperbolicCosine),
        unary("atanh", Elementary.inverseHyperbolicTangent),
        Function("atan2", 2) { arguments, _ throws(ScriptError) in
            guard let one = arguments[0].number, let other = arguments[1].number else {
                throw .evaluation("'atan2' requires numbers")
            }
            return .float(Elementary.arcTangent(one, other))
        },
        Function("pow", 2) { arguments, _ throws(ScriptError) in
            guard let exponent = arguments[1].number else { throw .evaluation("'pow' requires numbers") }
            if case .vector(let vector) = arguments[0] {
                return .vector(vector.map { Elementary.power($0, vector.rounded(exponent)) })
            }
            guard let base = arguments[0].number else { throw .evaluation("'pow' requires numbers") }
            return .float(Elementary.power(base, exponent))
        },
    ]

    private static func unary(_ name: String, _ operation: @escaping @Sendable (Double) -> Double) -> Function {
        Function(name, 1) { arguments, _ throws(ScriptError) in
            if case .vector(let vector) = arguments[0] { return .vector(vector.map(operation)) }
            guard let number = arguments[0].number else { throw .evaluation("'\(name)' requires numbers") }
            return .float(operation(number))
        }
    }
}
