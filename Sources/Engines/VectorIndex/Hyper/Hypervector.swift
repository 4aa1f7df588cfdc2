internal import Basics
internal import CKernels

/// A point of a space of many thousand bits, where two that were made independently are all but orthogonal.
///
/// Bit *i* is bit *i* mod 64 of word *i* / 64. Values of one size work together; the size is a multiple of 512 bits.
package struct Hypervector: Sendable, Hashable {
    /// As many bits as everything takes that says nothing else.
    package static let commonBits = 2048

    package let words: [UInt64]

    /// The words, lowest bits first; nil unless they are a multiple of eight, and some.
    package init?(words: [UInt64]) {
        guard !words.isEmpty, words.count % 8 == 0 else { return nil }
        self.words = words
    }

    init(checked words: [UInt64]) {
        precondition(!words.isEmpty && words.count % 8 == 0, "a hypervector is a multiple of 512 bits")
        self.words = words
    }

    /// A random point that a seed repeats: successive numbers of SplitMix64.
    package init(seed: UInt64, bits: Int = commonBits) {
        var state = seed
        self.init(
            checked: (0..<bits / 64).map { _ in
                state &+= 0x9E37_79B9_7F4A_7C15
                return Scatter.mix(state)
            }
        )
    }

    package var bits: Int { words.count * 64 }

    package func bit(_ index: Int) -> Bool { words[index >> 6] >> UInt64(index & 63) & 1 != 0 }

    /// How many bits are set.
    package var weight: Int {
        Int(unsafe words.withUnsafeBufferPointer { unsafe prima_bits_count($0.baseAddress, $0.count) })
    }

    /// How many bits differ.
    package func distance(to other: Hypervector) -> Int {
        precondition(bits == other.bits, "hypervectors of one size")
        var apart = 0
        for index in words.indices { apart += (words[index] ^ other.words[index]).nonzeroBitCount }
        return apart
    }

    /// The cosine of the angle, with the bits taken as ±1: 1 for the same, about 0 for independent ones.
    package func similarity(to other: Hypervector) -> Double {
        1 - 2 * Double(distance(to: other)) / Double(bits)
    }

    /// Joins two into one that resembles neither; binding with one of them again gives the other.
    package func bound(to other: Hypervector) -> Hypervector {
        precondition(bits == other.bits, "hypervectors of one size")
        return Hypervector(checked: zip(words, other.words).map { $0 ^ $1 })
    }

    /// Turns the bits: bit *i* goes to *i* + `steps`, around the end.
    ///
    /// It marks a place in an order.
    package func permuted(_ steps: Int) -> Hypervector {
        let shift = ((steps % bits) + bits) % bits
        let (whole, rest) = (shift / 64, UInt64(shift % 64))
        return Hypervector(
            checked: words.indices.map { index in
                let low = words[(index - whole + words.count) % words.count]
                guard rest > 0 else { return low }
                let below = words[(index - whole - 1 + 2 * words.count) % words.count]
                return low << rest | below >> (64 - rest)
            }
        )
    }
}
