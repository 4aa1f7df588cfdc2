/// Elementary functions from + − × ÷ √ alone, so that they give the same bits on every machine.
///
/// The polynomials are the classic minimax ones for these intervals; results lie within two units of the last place.
enum Elementary {
    // MARK: Exponentials

    private static let ln2High = 6.93147180369123816490e-01
    private static let ln2Low = 1.90821492927058770002e-10

    static func exponential(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 709.782712893384 { return .infinity }
        if x < -745.1332191019411 { return 0 }
        let power = (x * 1.44269504088896338700).rounded(.toNearestOrEven)
        let high = x - power * ln2High
        let low = power * ln2Low
        let r = high - low
        let t = r * r
        let even =
            1.66666666666666019037e-01 + t
            * (-2.77777777770155933842e-03 + t
                * (6.61375632143793436117e-05
                    + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)))
        let c = r - t * even
        let y = 1 - ((low - r * c / (2 - c)) - high)
        let exponent = Int(power)
        // Two steps, for a result below the normal numbers.
        let half = exponent / 2
        return scaled(scaled(y, half), exponent - half)
    }

    private static func scaled(_ x: Double, _ power: Int) -> Double {
        x * Double(sign: .plus, exponent: power, significand: 1)
    }

    /// e^x − 1, without loss near 0.
    static func exponentialMinusOne(_ x: Double) -> Double {
        guard x.magnitude < 0.5 else { return exponential(x) - 1 }
        var sum = 0.0
        for divisor in stride(from: 18.0, through: 1, by: -1) { sum = (sum + 1) * x / divisor }
        return sum
    }

    static func logarithm(_ x: Double) -> Double {
        guard x > 0 else { return x == 0 ? -.infinity : .nan }
        guard x.isFinite else { return x }
        let (m, exponent) = reduced(x)
        let f = m - 1
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let odd =
            z
            * (6.666666666666735130e-01 + w
                * (2.857142874366239149e-01 + w
                    * (1.818357216161805012e-01
                        + w * 1.479819860511658591e-01)))
        let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
        let half = 0.5 * f * f
        let k = Double(exponent)
        return k * ln2High - ((half - (s * (half + odd + even) + k * ln2Low)) - f)
    }

    /// x = m · 2^k with m near 1.
    private static func reduced(_ x: Double) -> (Double, Int) {
        var m = x.significand
        var exponent = Int(x.exponent)
        if m > 1.4142135623730951 {
            m /= 2
            exponent += 1
        }
        return (m, exponent)
    }

    static func logarithm2(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return logarithm(x) }
        let (m, exponent) = reduced(x)
        let wide = WideLogarithm.of(m)
        let invHigh = 1.4426950408889634
        let invLow = 2.0355273740931033e-17
        return Double(exponent) + (wide.high * invHigh + (wide.high * invLow + wide.low * invHigh))
    }

    static func logarithm10(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return logarithm(x) }
        let wide = WideLogarithm.ofPositive(x)
        let product = Wide.product(wide.high, 0.4342944819032518)
        let result = product.high + (product.low + wide.high * 1.098319650216765e-17 + wide.low * 0.4342944819032518)
        // A power of ten is exact.
        let nearest = result.rounded()
        return (result - nearest).magnitude < 1e-15 * max(1, nearest.magnitude) ? nearest : result
    }

    /// ln(1 + x), without loss near 0.
    static func logarithmOnePlus(_ x: Double) -> Double {
        let u = 1 + x
        if u == 1 { return x }
        return u.isFinite && u > 0 ? logarithm(u) * (x / (u - 1)) : logarithm(u)
    }

    static func power(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        if x.isNaN || y.isNaN { return .nan }
        let isWhole = y.rounded() == y
        let isOdd = isWhole && y.magnitude < 0x1p53 && Int64(y) % 2 != 0
        if x == 0 {
            let zero: Double = y > 0 ? 0 : .infinity
            return isOdd && x.sign == .minus ? -zero : zero
        }
        if y.isInfinite { return x.magnitude == 1 ? 1 : (x.magnitude > 1) == (y > 0) ? .infinity : 0 }
        if x.isInfinite {
            let size: Double = y > 0 ? .infinity : 0
            return x < 0 && isOdd ? -size : size
        }
        if x < 0 {
            guard isWhole else { return .nan }
            let size = power(-x, y)
            return isOdd ? -size : size
        }
        if isWhole, y.magnitude <= 3 {
            let product = y.magnitude == 1 ? x : y.magnitude == 2 ? x * x : x * x * x
            if y > 0, y < 3 { return product }
            if y == -1 { return 1 / x }
        }
        let logarithm = WideLogarithm.ofPositive(x)
        let product = Wide.product(logarithm.high, y)
        let low = product.low + logarithm.low * y
        if product.high > 745 || product.high < -746 { return exponential(product.high) }
        let size = exponential(product.high)
        return size.isFinite ? size + size * low : size
    }

    // MARK: Angles

    static func sine(_ x: Double) -> Double {
        guard x.isFinite else { return .nan }
        let (quarter, high, low) = reducedAngle(x)
        switch quarter & 3 {
        case 0: return sineKernel(high, low)
        case 1: return cosineKernel(high, low)
        case 2: return -sineKernel(high, low)
        default: return -cosineKernel(high, low)
        }
    }

    static func cosine(_ x: Double) -> Double {
        guard x.isFinite else { return .nan }
        let (quarter, high, low) = reducedAngle(x)
        switch quarter & 3 {
        case 0: return cosineKernel(high, low)
        case 1: return -sineKernel(high, low)
        case 2: return -cosineKernel(high, low)
        default: return sineKernel(high, low)
        }
    }

    static func tangent(_ x: Double) -> Double { sine(x) / cosine(x) }

    /// The angle within a quarter turn around 0, in two parts, and how many quarters were taken off.
    private static func reducedAngle(_ x: Double) -> (quarter: Int, high: Double, low: Double) {
        if x.magnitude <= 0.7853981633974483 { return (0, x, 0) }
        let turns = (x * 0.6366197723675814).rounded(.toNearestOrEven)
        // π/2 in three parts; each product with fewer than 2^20 turns is exact.
        var rest = x - turns * 1.57079632673412561417
        var correction = turns * 6.07710050630396597660e-11
        let before = rest
        rest -= correction
        correction = turns * 2.02226624879595063154e-21 - ((before - rest) - correction)
        let high = rest - correction
        let low = (rest - high) - correction
        return (Int(truncatingIfNeeded: Int64(turns.truncatingRemainder(dividingBy: 4))), high, low)
    }

    private static func sineKernel(_ x: Double, _ y: Double) -> Double {
        let z = x * x
        let r =
            8.33333333332248946124e-03 + z
            * (-1.98412698298579493134e-04 + z
                * (2.75573137070700676789e-06
                    + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))
        let v = z * x
        return x - ((z * (0.5 * y - v * r) - y) - v * -1.66666666666666324348e-01)
    }

    private static func cosineKernel(_ x: Double, _ y: Double) -> Double {
        let z = x * x
        let r =
            z
            * (4.16666666666666019037e-02 + z
                * (-1.38888888888741095749e-03 + z
                    * (2.48015872894767294178e-05
                        + z
                        * (-2.75573143513906633035e-07 + z
                            * (2.08757232129817482790e-09
                                + z * -1.13596475577881948265e-11)))))
        let half = 0.5 * z
        let w = 1 - half
        return w + (((1 - w) - half) + (z * r - x * y))
    }

    static func arcTangent(_ x: Double) -> Double {
        if x.isNaN { return x }
        let size = x.magnitude
        let result: Double
        if size < 0.4375 {
            result = size - arcKernel(size)
        } else if size < 0.6875 {
            let t = (2 * size - 1) / (2 + size)
            result = 4.63647609000806093515e-01 - ((arcKernel(t) - 2.26987774529616870924e-17) - t)
        } else if size < 1.1875 {
            let t = (size - 1) / (size + 1)
            result = 7.85398163397448278999e-01 - ((arcKernel(t) - 3.06161699786838301793e-17) - t)
        } else if size < 2.4375 {
            let t = (size - 1.5) / (1 + 1.5 * size)
            result = 9.82793723247329054082e-01 - ((arcKernel(t) - 1.39033110312309984516e-17) - t)
        } else {
            let t = -1 / size
            result = 1.57079632679489655800e+00 - ((arcKernel(t) - 6.12323399573676603587e-17) - t)
        }
        return x.sign == .minus ? -result : result
    }

    private static func arcKernel(_ x: Double) -> Double {
        let z = x * x
        let w = z * z
        let odd =
            z
            * (3.33333333333329318027e-01 + w
                * (1.42857142725034663711e-01 + w
                    * (9.09088713343650656196e-02
                        + w
                        * (6.66107313738753120669e-02 + w
                            * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))))
        let even =
            w
            * (-1.99999999998764832476e-01 + w
                * (-1.11111104054623557880e-01
                    + w
                    * (-7.6918762050448300e-02 + w * (-5.833570133790573486e-02 + w * -3.6531572744216915e-02))))
        return x * (odd + even)
    }

    static func arcTangent(_ y: Double, _ x: Double) -> Double {
        if x.isNaN || y.isNaN { return .nan }
        if y == 0 { return x.sign == .minus ? (y.sign == .minus ? -.pi : .pi) : y }
        if x == 0 { return y > 0 ? .pi / 2 : -.pi / 2 }
        if x.isInfinite {
            if y.isInfinite {
                let angle: Double = x > 0 ? .pi / 4 : 3 * .pi / 4
                return y > 0 ? angle : -angle
            }
            if x > 0 { return y > 0 ? 0 : -0.0 }
            return y > 0 ? .pi : -.pi
        }
        let angle = arcTangent((y / x).magnitude)
        if x > 0 { return y > 0 ? angle : -angle }
        let turned = .pi - (angle - 1.2246467991473531772e-16)
        return y > 0 ? turned : -turned
    }

    static func arcSine(_ x: Double) -> Double {
        guard x.magnitude <= 1 else { return .nan }
        return arcTangent(x, ((1 - x) * (1 + x)).squareRoot())
    }

    static func arcCosine(_ x: Double) -> Double {
        guard x.magnitude <= 1 else { return .nan }
        return 2 * arcTangent((1 - x).squareRoot(), (1 + x).squareRoot())
    }

    // MARK: Hyperbolas

    static func hyperbolicSine(_ x: Double) -> Double {
        let e = exponentialMinusOne(x.magnitude)
        guard e.isFinite else { return x.magnitude > 711 ? (x < 0 ? -.infinity : .infinity) : big(x) }
        let size = 0.5 * (e + e / (e + 1))
        return x.sign == .minus ? -size : size
    }

    private static func big(_ x: Double) -> Double {
        let half = exponential(x.magnitude / 2)
        return x < 0 ? -(0.5 * half * half) : 0.5 * half * half
    }

    static func hyperbolicCosine(_ x: Double) -> Double {
        let e = exponential(x.magnitude)
        guard e.isFinite else { return big(x.magnitude) }
        return 0.5 * (e + 1 / e)
    }

    static func hyperbolicTangent(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x.magnitude > 22 { return x < 0 ? -1 : 1 }
        let e = exponentialMinusOne(2 * x.magnitude)
        let size = e / (e + 2)
        return x.sign == .minus ? -size : size
    }

    static func inverseHyperbolicSine(_ x: Double) -> Double {
        guard x.isFinite else { return x }
        let size = x.magnitude
        let square = size * size
        let result =
            size > 0x1p28
            ? logarithm(size) + 0.6931471805599453 : logarithmOnePlus(size + square / (1 + (square + 1).squareRoot()))
        return x.sign == .minus ? -result : result
    }

    static func inverseHyperbolicCosine(_ x: Double) -> Double {
        guard x >= 1 else { return .nan }
        if x > 0x1p28 { return logarithm(x) + 0.6931471805599453 }
        let t = x - 1
        return logarithmOnePlus(t + (2 * t + t * t).squareRoot())
    }

    static func inverseHyperbolicTangent(_ x: Double) -> Double {
        guard x.magnitude <= 1 else { return .nan }
        return 0.5 * logarithmOnePlus(2 * x / (1 - x))
    }
}

/// A number as the sum of two doubles.
struct Wide {
    let high: Double
    let low: Double

    static func sum(_ one: Double, _ other: Double) -> Wide {
        let high = one + other
        let part = high - one
        return Wide(high: high, low: (one - (high - part)) + (other - part))
    }

    /// The exact product (Dekker: no fused multiplication, which not every machine has).
    static func product(_ one: Double, _ other: Double) -> Wide {
        let high = one * other
        guard high.isFinite, one.magnitude < 0x1p970, other.magnitude < 0x1p970 else { return Wide(high: high, low: 0) }
        let (a, b) = split(one)
        let (c, d) = split(other)
        return Wide(high: high, low: ((a * c - high) + a * d + b * c) + b * d)
    }

    private static func split(_ number: Double) -> (Double, Double) {
        let scaled = 134_217_729 * number
        let high = scaled - (scaled - number)
        return (high, number - high)
    }

    static func + (one: Wide, other: Wide) -> Wide {
        let highs = sum(one.high, other.high)
        return sum(highs.high, highs.low + one.low + other.low)
    }

    static func * (one: Wide, other: Wide) -> Wide {
        let highs = product(one.high, other.high)
        return sum(highs.high, highs.low + one.high * other.low + one.low * other.high)
    }

    static func / (one: Wide, other: Wide) -> Wide {
        let first = one.high / other.high
        let back = Wide(high: first, low: 0) * other
        let rest = one + Wide(high: -back.high, low: -back.low)
        return sum(first, (rest.high + rest.low) / other.high)
    }
}

/// Natural logarithms to about a hundred bits, for powers.
enum WideLogarithm {
    static func ofPositive(_ x: Double) -> Wide {
        var m = x.significand
        var exponent = Double(x.exponent)
        if m > 1.4142135623730951 {
            m /= 2
            exponent += 1
        }
        let ln2 = Wide(high: 0.6931471805599453, low: 2.3190468138462996e-17)
        return Wide(high: exponent, low: 0) * ln2 + of(m)
    }

    /// ln m for m near 1: 2 artanh((m − 1) / (m + 1)).
    static func of(_ m: Double) -> Wide {
        let s = Wide.sum(m, -1) / Wide.sum(m, 1)
        let square = s * s
        var sum = Wide(high: 0, low: 0)
        for divisor in stride(from: 45.0, through: 1, by: -2) {
            sum = sum * square + Wide(high: 1, low: 0) / Wide(high: divisor, low: 0)
        }
        let result = sum * s
        return Wide(high: 2 * result.high, low: 2 * result.low)
    }
}
