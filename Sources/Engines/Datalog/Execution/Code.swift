/// A value as the engine handles it: 32 bits that stand for one value of one database.
///
/// Integers from −2³⁰ up to 2³⁰ − 1 are their own codes, in order; every other value has a number in the lexicon.
/// Two codes are equal exactly when their values are the same key.
typealias Code = UInt32

enum Codes {
    /// The code of the integer 0.
    static let zero: Code = 0xC000_0000
    /// Codes from here on are integers.
    static let firstInteger: Code = 0x8000_0000
    static let smallest: Int64 = -(1 << 30)
    static let largest: Int64 = (1 << 30) - 1
    /// Stands for no value at all.
    static let none: Code = 0x7FFF_FFFF

    @inline(__always)
    static func isInteger(_ code: Code) -> Bool { code >= firstInteger }

    @inline(__always)
    static func integer(_ code: Code) -> Int64 { Int64(code) &- Int64(zero) }

    /// The code of a small integer; nil for others.
    @inline(__always)
    static func code(_ integer: Int64) -> Code? {
        integer >= smallest && integer <= largest ? Code(truncatingIfNeeded: integer &+ Int64(zero)) : nil
    }

    @inline(__always)
    static func scattered(_ code: Code) -> UInt64 {
        let product = UInt64(code) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 31) &* 0x9E37_79B9_7F4A_7C15
    }

    @inline(__always)
    static func scattered(_ one: Code, _ other: Code) -> UInt64 {
        let product = (UInt64(one) << 32 | UInt64(other)) &* 0x9E37_79B9_7F4A_7C15
        let mixed = (product ^ (product >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }
}
