/// What an evaluation may know of the outside: parameters, the time, chance.
package final class EvaluationContext {
    let parameters: [String: Datum]
    /// Microseconds since 1970.
    let now: Int64
    /// The bytes of a file; nil when it may not or cannot be read.
    let readFile: @Sendable (String) -> [UInt8]?
    private var randomState: UInt64

    package init(
        parameters: [String: Datum] = [:],
        now: Int64,
        seed: UInt64,
        readFile: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
    ) {
        self.readFile = readFile
        self.parameters = parameters
        self.now = now
        randomState = seed
    }

    /// The next random word (SplitMix64).
    func word() -> UInt64 {
        randomState &+= 0x9E37_79B9_7F4A_7C15
        var mixed = randomState
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A random number from 0 up to, not including, 1.
    func randomUnit() -> Double { Double(word() >> 11) * 0x1p-53 }

    /// A random number below `bound`, which is above 0.
    func number(below bound: UInt64) -> UInt64 { word().multipliedFullWidth(by: bound).high }
}
