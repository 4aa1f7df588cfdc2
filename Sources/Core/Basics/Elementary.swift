/// Elementary functions that give the same bits on every machine: + − × ÷ alone, in a fixed order.
///
/// Those of the C library differ with and without fused multiplication. Accurate to a few units in the last place.
package enum Elementary {
    private static let ln2High = 6.931_471_803_691_238_164_90e-01
    private static let ln2Low = 1.908_214_929_270_587_700_02e-10

    /// e to the power of `x`; 0 far below, infinity far above.
    package static func exp(_ x: Double) -> Double {
        guard x > -745 else { return x.isNaN ? x : 0 }
        guard x < 710 else { return .infinity }
        let steps = (x / (ln2High + ln2Low)).rounded()
        let rest = (x - steps * ln2High) - steps * ln2Low
        var sum = 1.0
        var term = 1.0
        for place in 1...17 {
            term = term * rest / Double(place)
            sum += term
        }
        // In two steps, so that the smallest results are not lost.
        let half = (steps / 2).rounded(.towardZero)
        return sum * power(Int(half)) * power(Int(steps - half))
    }

    private static func power(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }

    /// The natural logarithm; minus infinity at 0, not a number below.
    package static func log(_ x: Double) -> Double {
        guard x > 0 else { return x == 0 ? -.infinity : .nan }
        guard x < .infinity else { return x }
        var significand = x.significand
        var exponent = Double(x.exponent)
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var sum = 0.0
        var odd = 41.0
        while odd >= 1 {
            sum = sum * square + 1 / odd
            odd -= 2
        }
        return exponent * ln2High + (2 * ratio * sum + exponent * ln2Low)
    }

    package static func log10(_ x: Double) -> Double { log(x) / 2.302_585_092_994_045_7 }

    /// Sine and cosine of an angle in degrees.
    package static func sinCos(degrees: Double) -> (sin: Double, cos: Double) {
        let turns = (degrees / 90).rounded()
        let rest = (degrees - turns * 90) * 1.745_329_251_994_329_5e-02
        let square = rest * rest
        var sine = 0.0
        var cosine = 0.0
        for place in stride(from: 10, through: 1, by: -1) {
            let even = Double(2 * place)
            sine = (1 - sine) * square / (even * (even + 1))
            cosine = (1 - cosine) * square / (even * (even - 1))
        }
        let (s, c) = (rest * (1 - sine), 1 - cosine)
        let quarter = Int(turns - (turns / 4).rounded(.down) * 4)
        switch quarter {
        case 0: return (s, c)
        case 1: return (c, -s)
        case 2: return (-s, -c)
        default: return (-c, s)
        }
    }
}
