/// How far oscillators agree: the length and the direction of the mean of their phases on the unit circle (Kuramoto).
///
/// Sines and angles are summed by series here, so that every machine computes the same bits.
package struct PhaseOrder: Sendable, Hashable {
    /// From 0 for none to 1 for full agreement.
    package let coherence: Double
    /// The mean phase, within ±π; 0 when there is none.
    package let phase: Double

    /// Of phases in radians; nil when there is none, or one is not finite.
    package init?(_ phases: [Double]) {
        guard !phases.isEmpty, phases.allSatisfy(\.isFinite) else { return nil }
        var (x, y) = (0.0, 0.0)
        for phase in phases {
            let (cosine, sine) = Self.circle(phase)
            x += cosine
            y += sine
        }
        x /= Double(phases.count)
        y /= Double(phases.count)
        coherence = (x * x + y * y).squareRoot()
        phase = Self.angle(x, y)
    }

    /// Cosine and sine: of an eighth of the angle by their series, then doubled three times.
    private static func circle(_ angle: Double) -> (cosine: Double, sine: Double) {
        let part = angle.remainder(dividingBy: 2 * .pi) / 8
        let square = part * part
        var (cosine, sine) = (1.0, part)
        var (even, odd) = (1.0, part)
        for step in 1...9 {
            let number = Double(2 * step)
            even *= -square / (number * (number - 1))
            odd *= -square / (number * (number + 1))
            cosine += even
            sine += odd
        }
        for _ in 0..<3 { (cosine, sine) = (cosine * cosine - sine * sine, 2 * cosine * sine) }
        return (cosine, sine)
    }

    /// The angle of a point: halved five times, then by its series.
    private static func angle(_ x: Double, _ y: Double) -> Double {
        var length = (x * x + y * y).squareRoot()
        guard length > 0 else { return 0 }
        guard y != 0 || x > 0 else { return .pi }
        var (x, y) = (x, y)
        for _ in 0..<5 {
            x += length
            length = (x * x + y * y).squareRoot()
        }
        let tangent = y / x
        var (power, sum) = (tangent, tangent)
        for step in 1...14 {
            power *= -tangent * tangent
            sum += power / Double(2 * step + 1)
        }
        return sum * 32
    }
}
